import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configurationShape } from '../../src/config/json-schema.ts'
import { configurationReference } from '../../src/config/reference.ts'
import type { Shape } from '../../src/config/shape.ts'
import { drivers } from '../../src/storage/drivers/index.ts'
import { testDrivers } from './drivers.ts'

const shape = configurationShape(testDrivers)

function undescribed(shape: Shape, path: string): readonly string[] {
  const { additionalProperties: any, items, properties = {}, anyOf = [], oneOf = [] } = shape
  const own = Object.entries(properties).flatMap(([key, below]) => [
    ...(below.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(below, `${path}.${key}`),
  ])
  const inside = [...anyOf, ...oneOf, ...(items ? [items] : []), ...(typeof any === 'object' ? [any] : [])]
  return [...own, ...inside.flatMap((below) => undescribed(below, path))]
}

test('every key has a meaning, those of every kind of storage too', () => {
  assert.deepEqual(undescribed(shape, ''), [])
  assert.deepEqual(undescribed(configurationShape(drivers), ''), [])
})

test('what is one of several ways is not called required, but told with what belongs to it', () => {
  const page = configurationReference(configurationShape(drivers))
  for (const row of [
    '| `storages.NAME.credentials.secretId` | text | with `secretKey` | ',
    '| `storages.NAME.credentials.token` | text | with `secretId`, `secretKey` | ',
    '| `storages.NAME.credentials.role` | text | – | ',
    '| `storages.NAME.encryption.kmsKeyId` | text | – | ',
  ])
    assert.ok(page.includes(row), row)
})

test('the reference names every key with type, default and meaning', () => {
  const page = configurationReference(shape)
  for (const row of [
    '| `listeners[].port` | number, 0 to 65535 | **required** | TCP port',
    '| `passive.addressFor[].clients` | text | **required** | Address block',
    '| `limits.idleTimeout` | time | `300s` | ',
    '| `uploads.maxFileBytes` | size or `null` | `200 GiB` | ',
    '| `storages.NAME.directory` | text | **required** | Folder. |',
    '| `storages.NAME.credentials.secretKey` | text | **required** | ',
    '| `workers` | `auto` or number, 1 to 64 | `auto` | ',
    '| `accounts[].mounts[].readOnly` | `true`, `false` | `false` | ',
  ])
    assert.ok(page.includes(row), row)
  assert.ok(page.includes('### driver: bucket'))
})

test('the schema for editors tells drivers apart and knows no other keys', () => {
  const { additionalProperties } = shape.properties?.['storages'] ?? {}
  const drivers = typeof additionalProperties === 'object' ? additionalProperties.oneOf : []
  assert.deepEqual(
    drivers?.map(({ properties }) => properties?.['driver']?.const),
    ['disk', 'bucket'],
  )
  assert.equal(shape.additionalProperties, false)
})
