import type { ContentProof } from '../../core/content-proof.ts'
import { toGatewayError, type GatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import type { PendingWrite } from '../../files/file-tree.ts'
import type { DataAgreement } from '../data/data-channel.ts'
import { crlfToLf, lfToCrlf } from '../transfer/ascii.ts'
import { deflated, inflated } from '../transfer/deflate.ts'
import { counted, type TransferProgress } from '../transfer/progress.ts'
import { receive, type Received } from '../transfer/receive.ts'
import { send } from '../transfer/send.ts'
import { throttled } from '../transfer/throttle.ts'
import { ReplyError } from './reply-error.ts'
import type { CommandContext } from './context.ts'
import type { SessionState } from './session-state.ts'
import type { TransferReport } from './transfer-report.ts'

/**
 * The data connection that was agreed on, for one transfer command, which must close it.
 * @throws ReplyError 521 when it would be in clear and may not be, 425 when there is none.
 */
export function takeAgreement({ state, listener, control, say }: CommandContext): DataAgreement {
  const mustBeProtected = listener.clearData === 'refuse' || state.account?.requireTls === true
  if (mustBeProtected && state.protection === 'C' && control.tls !== null)
    throw new ReplyError(say.dataMustBeProtected())
  const { agreement } = state
  state.agreement = null
  if (agreement === null) throw new ReplyError(say.noAgreement())
  return agreement
}

/** Whether TYPE A converts text for this session. */
export function isConverting({ state }: CommandContext): boolean {
  return state.type === 'A' && state.account?.ascii === 'convert'
}

export interface TransferFacts {
  readonly verb: string
  readonly path: VirtualPath
  readonly agreement: DataAgreement
}

/** What the store has of an upload that is published. */
export interface StoredUpload {
  /** What this transfer has put there: text counts as it is stored, not as it came. */
  readonly bytes: number
  /** Length of the whole file. */
  readonly fileBytes: number
  readonly proof: ContentProof | null
}

/** Takes an upload in and settles it. @throws GatewayError saying why nothing was published. */
export async function receiveUpload(
  context: CommandContext,
  facts: TransferFacts,
  target: PendingWrite,
): Promise<StoredUpload> {
  const { signal, control, listener } = context
  const progress = begin(context, facts, 'upload')
  const stages = (body: AsyncIterable<Uint8Array>) => uploadStages(context, body, progress)
  const isTolerant = (context.state.account?.uploadEnd ?? listener.uploadEnd) === 'tolerant'
  let received: Received | null = null
  try {
    const { agreement } = facts
    received = await receive({ agreement, target, signal, isControlAlive: () => control.isAlive(), isTolerant, stages })
  } finally {
    end(context, progress, {
      verdict: received?.verdict ?? null,
      outcome: received?.outcome ?? 'failed',
      failure: received?.failure ?? null,
      proof: received?.proof ?? null,
    })
  }
  if (received.failure !== null) throw received.failure
  return { bytes: progress.bytes, fileBytes: received.bytes, proof: received.proof }
}

function uploadStages(
  context: CommandContext,
  body: AsyncIterable<Uint8Array>,
  progress: TransferProgress,
): AsyncIterable<Uint8Array> {
  const { state, services, signal } = context
  const allowance = state.account && services.allowance(state.account, 'upload')
  let staged = allowance ? throttled(body, allowance, signal) : body
  if (state.mode === 'Z') staged = inflated(staged)
  if (isConverting(context)) staged = crlfToLf(staged)
  return counted(staged, progress)
}

/** Sends the content of a file. @throws GatewayError when it did not reach the client whole. */
export async function sendFile(
  context: CommandContext,
  facts: TransferFacts,
  body: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: number }> {
  return await sendBody(context, facts, isConverting(context) ? lfToCrlf(body) : body)
}

/** Sends a listing: text, whatever TYPE says. @throws GatewayError when it did not reach the client whole. */
export async function sendBody(
  context: CommandContext,
  facts: TransferFacts,
  body: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: number }> {
  const { state, services, signal } = context
  const progress = begin(context, facts, 'download')
  let staged: AsyncIterable<Uint8Array> = counted(body, progress)
  if (state.mode === 'Z') staged = deflated(staged, state.deflateLevel)
  const allowance = state.account && services.allowance(state.account, 'download')
  if (allowance) staged = throttled(staged, allowance, signal)
  let failure: GatewayError | null = null
  try {
    await send({ agreement: facts.agreement, body: staged, signal })
    return { bytes: progress.bytes }
  } catch (error) {
    failure = toGatewayError(error)
    throw failure
  } finally {
    end(context, progress, { verdict: null, outcome: failure === null ? 'sent' : 'failed', failure, proof: null })
  }
}

function begin(context: CommandContext, facts: TransferFacts, direction: 'upload' | 'download'): TransferProgress {
  const { state, services } = context
  const progress: TransferProgress = {
    id: services.newId(),
    verb: facts.verb,
    path: facts.path,
    direction,
    bytes: 0,
    startedAt: services.clock.monotonic(),
  }
  state.transfer = progress
  return progress
}

function end(
  context: CommandContext,
  progress: TransferProgress,
  result: Pick<TransferReport, 'verdict' | 'outcome' | 'failure' | 'proof'>,
): void {
  const { state, services, control } = context
  state.transfer = null
  const { id, verb, path, direction, bytes, startedAt } = progress
  const { verdict, outcome, failure, proof } = result
  services.report({
    id,
    verb,
    path,
    direction,
    bytes,
    verdict,
    outcome,
    failure,
    proof,
    sessionId: context.id,
    account: state.account?.name ?? '',
    address: control.remoteAddress,
    type: state.type,
    milliseconds: services.clock.monotonic() - startedAt,
    isProtected: dataTls(state, control) !== null,
  })
}

/** The TLS that data connections of this session use now; null for PROT C. */
export function dataTls(state: SessionState, control: CommandContext['control']): CommandContext['control']['tls'] {
  return state.protection === 'P' ? control.tls : null
}
