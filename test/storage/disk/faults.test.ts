import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { GatewayError, isGatewayError } from '../../../src/core/errors.ts'
import { diskError, isMissing, translate } from '../../../src/storage/drivers/disk/errors.ts'
import { diskStorage } from '../../../src/storage/drivers/disk/storage.ts'
import { write } from '../../../src/storage/write.ts'
import { patternBytes } from '../../helpers/lending-body.ts'
import { body, content, key, listed, put, refused, staged, text } from '../../contract/clause.ts'
import { openDisk, services, slowDisk, type OpenedDisk } from '../../helpers/storages.ts'

const failure = (code: string) => Object.assign(new Error(`${code}: /some/path`), { code })

/** The staged files, of whatever gateway. */
function left({ directory }: OpenedDisk): string[] {
  const folder = join(directory, '.sluice', 'staged')
  return fs.readdirSync(folder).flatMap((instance) => fs.readdirSync(join(folder, instance)))
}

type Done = (error: Error | null) => void

function failFsync(t: TestContext, code: string, isFailing: (stats: fs.Stats) => boolean = () => true) {
  const { fsync } = fs
  t.mock.method(fs, 'statfsSync', () => ({ type: 0 }))
  t.mock.method(fs, 'fsync', (descriptor: number, done: Done) => {
    if (isFailing(fs.fstatSync(descriptor))) queueMicrotask(() => done(failure(code)))
    else fsync(descriptor, done)
  })
}

test('what the system says becomes one of our codes, with the system error as its cause', () => {
  const codes = {
    ENOENT: 'not-found',
    ENOTDIR: 'not-directory',
    EISDIR: 'is-directory',
    EEXIST: 'already-exists',
    ENOTEMPTY: 'directory-not-empty',
    EACCES: 'permission-denied',
    EPERM: 'permission-denied',
    EROFS: 'permission-denied',
    ENAMETOOLONG: 'invalid-path',
    EFBIG: 'too-large',
    ENOSPC: 'storage-full',
    EDQUOT: 'storage-full',
    EMFILE: 'too-busy',
    ENFILE: 'too-busy',
    EXDEV: 'unsupported',
    EIO: 'unavailable',
    ESTALE: 'unavailable',
    EWHATEVER: 'unavailable',
  }
  for (const [code, wanted] of Object.entries(codes)) {
    const cause = failure(code)
    const error = translate(cause)
    assert.equal(error.code, wanted, code)
    assert.equal(error.cause, cause)
    assert.ok(!error.message.includes('/'), 'no path gets to a client')
  }
})

test('what is ours stays as it is, and what is no error at all makes the storage unavailable', () => {
  const ours = new GatewayError('data-connection-lost', 'Lost.')
  assert.equal(translate(ours), ours)
  assert.equal(translate('text').code, 'unavailable')
  assert.ok(isMissing(diskError('not-found')) && isMissing(failure('ENOENT')) && !isMissing(failure('EACCES')))
})

test('a full disk leaves the old file whole, and nothing of the new one', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', 'old')
  for (const length of [10, 300_000, 2_000_000]) {
    t.mock.method(fs, 'writeSync', () => {
      throw failure('ENOSPC')
    })
    t.mock.method(fs, 'write', (...given: unknown[]) => queueMicrotask(() => (given[5] as Done)(failure('ENOSPC'))))
    await refused(write(disk.storage, key('f'), body(patternBytes(length))), 'storage-full')
    t.mock.restoreAll()
    assert.equal(await text(disk.storage, 'f'), 'old')
    assert.deepEqual(left(disk), [])
  }
})

const fillsUp = {
  'at once'(t: TestContext) {
    const real = fs.writeSync
    let count = 0
    t.mock.method(fs, 'writeSync', (...given: Parameters<typeof real>) => {
      if (++count > 5) throw failure('ENOSPC')
      return real(...given)
    })
  },
  'in the thread pool'(t: TestContext) {
    const real = fs.write
    let count = 0
    t.mock.method(fs, 'write', (...given: [number, Buffer, number, number, number, Done]) => {
      if (++count > 2) queueMicrotask(() => given[5](failure('ENOSPC')))
      else real(...given)
    })
  },
}

for (const [way, fillUp] of Object.entries(fillsUp)) {
  test(`a disk that fills up keeps what it took ${way}, and the upload goes on from there`, async (t) => {
    const disk = await openDisk(t, way === 'at once' ? {} : { services: slowDisk() })
    const whole = patternBytes(3_000_000)
    const upload = await disk.storage.stage(key('f'))
    fillUp(t)
    await refused(upload.append(body(whole, 100_000)), 'storage-full')
    t.mock.restoreAll()
    assert.ok(upload.durableBytes > 0 && upload.durableBytes < whole.length)
    await upload.suspend()
    const again = await (await disk.reopen()).restage(upload.ticket)
    assert.equal(again?.durableBytes, upload.durableBytes)
    await again?.append(body(whole.subarray(again.durableBytes)))
    await again?.publish()
    assert.ok((await content(disk.storage, 'f')).equals(whole))
  })
}

test('an fsync that fails is not tried again: the upload can only be discarded', async (t) => {
  failFsync(t, 'EIO')
  const disk = await openDisk(t, { sync: true })
  fs.writeFileSync(join(disk.directory, 'f'), 'old')
  const upload = await staged(disk.storage, 'f', 'new')
  await refused(upload.publish(), 'unavailable')
  t.mock.restoreAll()
  await refused(upload.publish(), 'unavailable')
  await refused(upload.append(body('more')), 'unavailable')
  await upload.discard()
  assert.equal(await text(disk.storage, 'f'), 'old')
  assert.deepEqual(left(disk), [])
})

test('a folder whose fsync fails makes the publishing fail', async (t) => {
  failFsync(t, 'EIO', (stats) => stats.isDirectory())
  const disk = await openDisk(t, { sync: true })
  await refused(write(disk.storage, key('f'), body('new')), 'unavailable')
  await refused(disk.storage.makeDirectory(key('d')), 'unavailable')
})

test('the content is on the disk before its name, and the name before the answer', async (t) => {
  t.mock.method(fs, 'statfsSync', () => ({ type: 0 }))
  const disk = await openDisk(t, { sync: true })
  const steps: string[] = []
  const { fsync, renameSync } = fs
  t.mock.method(fs, 'fsync', (descriptor: number, done: Done) => {
    steps.push(fs.fstatSync(descriptor).isDirectory() ? 'folder synced' : 'file synced')
    fsync(descriptor, done)
  })
  t.mock.method(fs, 'renameSync', (from: string, to: string) => {
    steps.push('renamed')
    renameSync(from, to)
  })
  await put(disk.storage, 'f', 'x')
  assert.deepEqual(steps, ['file synced', 'renamed', 'folder synced'])
})

test('without sync, or without a disk behind, nothing is forced', async (t) => {
  const fsync = t.mock.method(fs, 'fsync')
  await put((await openDisk(t, { sync: false })).storage, 'f')
  t.mock.method(fs, 'statfsSync', () => ({ type: 0x01021994 }))
  await put((await openDisk(t, { sync: true })).storage, 'f')
  assert.equal(fsync.mock.callCount(), 0)
})

test('a staged file of another length than what was sent is not published', async (t) => {
  const disk = await openDisk(t)
  await put(disk.storage, 'f', 'old')
  const upload = await staged(disk.storage, 'f', patternBytes(300_000))
  const [instance = ''] = fs.readdirSync(join(disk.directory, '.sluice', 'staged'))
  const [name = ''] = left(disk)
  fs.truncateSync(join(disk.directory, '.sluice', 'staged', instance, name), 1000)
  await refused(upload.publish(), 'corrupted')
  await upload.discard()
  assert.equal(await text(disk.storage, 'f'), 'old')
})

test('too many open files make it busy, and it recovers', async (t) => {
  const { storage } = await openDisk(t)
  await storage.makeDirectory(key('d'))
  await put(storage, 'd/f')
  t.mock.method(fs, 'openSync', () => {
    throw failure('EMFILE')
  })
  await refused(storage.read(key('d/f')), 'too-busy')
  await refused(storage.list(key('d')), 'too-busy')
  await refused(put(storage, 'd/g'), 'too-busy')
  await refused(storage.stat(key('d/f')), 'too-busy')
  t.mock.restoreAll()
  assert.equal(await text(storage, 'd/f'), 'd/f')
})

test('a folder nobody may write to refuses an upload before its first byte', async (t) => {
  const { storage } = await openDisk(t)
  for (const code of ['EACCES', 'EROFS']) {
    t.mock.method(fs, 'accessSync', () => {
      throw failure(code)
    })
    await refused(storage.stage(key('f')), 'permission-denied')
    t.mock.restoreAll()
  }
})

test('no call leaves a descriptor open, whether it succeeds or fails', async (t) => {
  const disk = await openDisk(t)
  const { storage } = disk
  await storage.makeDirectory(key('d'))
  await put(storage, 'f', patternBytes(2_000_000))
  await put(storage, 'd/f', 'x')
  let open = 0
  const { openSync, closeSync } = fs
  t.mock.method(fs, 'openSync', (...given: Parameters<typeof openSync>) => {
    const descriptor = openSync(...given)
    open++
    return descriptor
  })
  t.mock.method(fs, 'closeSync', (descriptor: number) => {
    closeSync(descriptor)
    open--
  })
  const fail = (call: Promise<unknown>) => assert.rejects(call, (error) => isGatewayError(error))
  await listed(storage, key('d'))
  await content(storage, 'f')
  await fail(storage.read(key('d')))
  await fail(storage.read(key('f'), { start: 9_000_000 }))
  await fail(storage.read(key('f'), { ifVersion: 'x' }))
  await fail(storage.stage(key('d')))
  await fail(storage.stage(key('f'), { start: 9_000_000 }))
  await fail(storage.copy(key('f'), key('d')))
  for (const start of [0, 10, 2_000_000]) {
    await write(storage, key('f'), body(patternBytes(100_000)), { start })
    await (await storage.stage(key('f'), { start: 10 })).discard()
    await put(storage, 'f', patternBytes(2_000_000))
  }
  const file = await storage.read(key('f'))
  for await (const chunk of file.body) if (chunk.length > 0) break
  await file.close()
  await file.close()
  const kept = await staged(storage, 'g', patternBytes(100_000))
  await kept.suspend()
  await (await storage.restage(kept.ticket))?.discard()
  assert.equal(open, 0)
})

test('a file that is cut while it is read ends in an error, never in a short body', async (t) => {
  const { storage, directory } = await openDisk(t)
  await put(storage, 'f', patternBytes(3_000_000))
  const file = await storage.read(key('f'))
  const reading = (async () => {
    for await (const chunk of file.body) if (chunk.length > 0) fs.truncateSync(join(directory, 'f'), 1000)
  })()
  await refused(reading, 'conflict')
  await file.close()
  const small = await storage.read(key('f'))
  fs.truncateSync(join(directory, 'f'), 10)
  await refused(
    (async () => {
      for await (const chunk of small.body) assert.fail(`got ${chunk.length} bytes`)
    })(),
    'conflict',
  )
  await small.close()
})

test('a root that cannot be made is told in our words', async (t) => {
  const { directory } = await openDisk(t)
  fs.writeFileSync(join(directory, 'f'), 'x')
  assert.throws(() => diskStorage({ directory: join(directory, 'f', 'x'), sync: true }, services), {
    code: 'not-directory',
  })
})
