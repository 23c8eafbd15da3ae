import type { Clock } from '../../src/core/clock.ts'
import { compareKeys } from '../../src/core/key-order.ts'
import type { WaitingUpload, WaitingUploads } from '../../src/state/waiting-uploads.ts'

/** In memory, for tests that are not about the database. */
export function waitingUploads(clock: Clock): WaitingUploads {
  let lines: readonly (WaitingUpload & { readonly isClaimed: boolean })[] = []
  let lastId = 0
  const ofName = (one: Pick<WaitingUpload, 'account' | 'storage' | 'key'>, other: typeof one) =>
    one.account === other.account && one.storage === other.storage && one.key === other.key
  const change = (id: string, facts: Partial<WaitingUpload & { isClaimed: boolean }>) => {
    lines = lines.map((line) => (line.id === id ? { ...line, ...facts } : line))
  }
  return {
    add(upload) {
      const older = lines.filter((line) => ofName(line, upload) && !line.isClaimed && line.intent === null)
      const line = { ...upload, id: String(++lastId), endedAt: clock.now(), intent: null, isClaimed: false }
      lines = [...lines.filter((other) => !older.includes(other)), line]
      return older
    },
    find: (account, storage, key) => lines.findLast((line) => ofName(line, { account, storage, key })) ?? null,
    count: (account, storage) => lines.filter((line) => line.account === account && line.storage === storage).length,
    below(account, storage, directory) {
      const front = directory === '' ? '' : `${directory}/`
      return lines
        .filter((line, index) => lines.findLastIndex((other) => ofName(line, other)) === index)
        .filter((line) => line.account === account && line.storage === storage && line.key.startsWith(front))
        .toSorted((a, b) => compareKeys(a.key, b.key))
    },
    claim(id) {
      if (lines.find((line) => line.id === id)?.isClaimed !== false) return false
      change(id, { isClaimed: true })
      return true
    },
    intend: (id, intent) => change(id, { intent }),
    release: (id) => change(id, { isClaimed: false }),
    setModified: (id, modified) => change(id, { modified, hasOwnTime: true }),
    remove(id) {
      lines = lines.filter((line) => line.id !== id)
    },
    all: ({ storage, endedBefore } = {}) =>
      lines.filter(
        (line) =>
          (storage === undefined || line.storage === storage) &&
          (endedBefore === undefined || line.endedAt < endedBefore),
      ),
  }
}
