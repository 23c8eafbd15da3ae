import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { bytesSchema, durationSchema } from '../../src/core/schema.ts'

const messages = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues.map((it) => it.message)

test('options are written as people write them, and read in bytes and milliseconds', () => {
  assert.equal(bytesSchema().parse('64 MiB'), 67108864)
  assert.equal(bytesSchema().parse(5), 5)
  assert.equal(durationSchema().parse('1h'), 3_600_000)
  assert.equal(durationSchema().parse(30), 30_000)
})

test('a mistake gets one sentence that says what would be right', () => {
  for (const wrong of ['64 M', -1, true, null, 1.5]) {
    assert.deepEqual(messages(bytesSchema(), wrong), ['Expected a size, such as 64 MiB, 10 MB or 67108864.'])
  }
  for (const wrong of ['soon', -1, undefined]) {
    assert.deepEqual(messages(durationSchema(), wrong), ['Expected a time, such as 500ms, 30s, 5m, 1h or 1d.'])
  }
  assert.deepEqual(messages(bytesSchema({ min: 5 * 2 ** 20 }), '1 MiB'), ['Must be at least 5 MiB.'])
  assert.deepEqual(messages(durationSchema({ max: 60_000 }), '1h'), ['Must be at most 1m.'])
})

test('editors learn from the JSON Schema that text and numbers are both right', () => {
  const schema = z.toJSONSchema(z.strictObject({ part: bytesSchema(), after: durationSchema() }), { io: 'input' })
  for (const name of ['part', 'after']) {
    const property = schema.properties?.[name]
    assert.ok(typeof property === 'object')
    assert.deepEqual(
      property.anyOf?.map((it) => typeof it === 'object' && it.type),
      ['string', 'number'],
    )
  }
})
