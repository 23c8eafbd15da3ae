import { expect, type Probe } from './probe.ts'

export const limitProbes: readonly Probe[] = [
  {
    name: 'longest key',
    isNeeded: false,
    async run({ client, front }) {
      const { mostKeyBytes } = client.dialect
      const segments = `${front}limits/${'long-name/'.repeat(200)}`
      const key = segments.slice(0, mostKeyBytes - 1) + 'k'
      await client.putObject(key, [])
      expect((await client.headObject(key)) !== null, 'An object with a long key is not there.')
      return `${mostKeyBytes} bytes`
    },
  },
  {
    name: 'most metadata',
    isNeeded: false,
    async run({ client, front }) {
      const { mostMetadataBytes } = client.dialect
      const names = Array.from({ length: 4 }, (_, index) => `sluice-${index}`)
      const bytes = Math.floor(mostMetadataBytes / names.length) - 'sluice-0'.length
      const metadata = Object.fromEntries(names.map((name) => [name, 'm'.repeat(bytes)]))
      await client.putObject(`${front}metadata`, [], { metadata })
      const facts = await client.headObject(`${front}metadata`)
      expect(
        names.every((name) => facts?.metadata[name]?.length === bytes),
        'Metadata come back shorter.',
      )
      return `${mostMetadataBytes} bytes`
    },
  },
]
