import { isGatewayError } from '../../../core/errors.ts'
import { expect, type Probe } from './probe.ts'

const content = Buffer.from('Sluice was here.')

/** Names whose order tells bytes from letters and code units, in the order of their bytes. */
const ordered = ['A', 'B', 'a-b', 'a/b', 'a0', 'é', '\u{fffd}', '\u{1f600}']

export const objectProbes: readonly Probe[] = [
  {
    name: 'list',
    isNeeded: true,
    async run({ client, front }) {
      await client.listObjects({ prefix: front, mostKeys: 1 })
      return `version ${client.dialect.listVersion}`
    },
  },
  {
    name: 'put',
    isNeeded: true,
    async run({ client, front }) {
      await client.putObject(`${front}file`, [content])
      return `${content.length} bytes`
    },
  },
  {
    name: 'get',
    isNeeded: true,
    async run({ client, front }) {
      const open = await client.getObject(`${front}file`, { start: 7 })
      const pieces: Buffer[] = []
      try {
        for await (const piece of open.body) pieces.push(Buffer.from(piece))
      } finally {
        open.close()
      }
      expect(Buffer.concat(pieces).equals(content.subarray(7)), 'A range came back as something else.')
      return 'a range of it'
    },
  },
  {
    name: 'head',
    isNeeded: true,
    async run({ client, front }) {
      const facts = await client.headObject(`${front}file`)
      expect(facts?.bytes === content.length, 'What was stored has another length.')
      return facts?.modified === null ? 'no time' : 'length and time'
    },
  },
  {
    name: 'zero bytes',
    isNeeded: true,
    async run({ client, front }) {
      await client.putObject(`${front}empty`, [])
      expect((await client.headObject(`${front}empty`))?.bytes === 0, 'An empty object is not there, or not empty.')
      return 'an empty object is kept'
    },
  },
  {
    name: 'checksum of an object',
    isNeeded: false,
    async run({ client, front }) {
      const { checksum } = client.dialect
      if (checksum === null) return 'this kind of store is asked for none: Content-MD5 is sent'
      const facts = await client.headObject(`${front}file`)
      expect(facts?.checksum !== null, `The store tells no ${checksum}.`)
      return checksum
    },
  },
  {
    name: 'Content-MD5',
    isNeeded: false,
    async run({ client, front }) {
      try {
        await client.putObject(`${front}wrong`, [content], { md5: Buffer.alloc(16) })
      } catch (error) {
        if (isGatewayError(error, 'corrupted')) return 'bytes that are not what they should be are refused'
        throw error
      }
      throw new Error('The store takes bytes with a wrong MD5.')
    },
  },
  {
    name: 'conditional put',
    isNeeded: false,
    async run({ bold, front }) {
      try {
        await bold.putObject(`${front}file`, [content], { ifAbsent: true })
      } catch (error) {
        if (isGatewayError(error, 'already-exists')) return 'nothing is replaced where that is asked for'
        throw error
      }
      throw new Error('The store replaces what it was told not to.')
    },
  },
  {
    name: 'copy',
    isNeeded: true,
    async run({ client, front }) {
      await client.copyObject({ key: `${front}file` }, `${front}copy`)
      expect((await client.headObject(`${front}copy`))?.bytes === content.length, 'The copy has another length.')
      return 'inside the store'
    },
  },
  {
    name: 'list order',
    isNeeded: true,
    async run({ client, front }) {
      for (const name of ordered) await client.putObject(`${front}order/${name}`, [])
      const { objects } = await client.listObjects({ prefix: `${front}order/` })
      const names = objects.map(({ key }) => key.slice(`${front}order/`.length))
      expect(names.join('\n') === ordered.join('\n'), `The order is ${names.join(' ')}.`)
      return 'by the bytes of UTF-8'
    },
  },
  {
    name: 'file and folder of one name',
    isNeeded: false,
    async run({ client, front }) {
      for (const name of ['both', 'both/']) await client.putObject(`${front}${name}`, [])
      const { objects } = await client.listObjects({ prefix: `${front}both` })
      expect(objects.length === 2, 'One of the two has taken the place of the other.')
      return 'side by side'
    },
  },
]
