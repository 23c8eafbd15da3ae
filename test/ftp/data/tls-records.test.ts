import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as holds, constantFrom, nat, property, record, uint8Array } from 'fast-check'
import { tlsRecords } from '../../../src/ftp/data/tls-records.ts'

const record23 = (type: number, body: Uint8Array) =>
  Buffer.concat([Buffer.from([type, 3, 3, body.length >> 8, body.length & 255]), body])

test('however a stream is cut, its pieces are the stream, its types are told in order, and short records stand alone', () => {
  const lengths = constantFrom(0, 1, 17, 18, 19, 20, 22, 35, 36, 83, 99, 400)
  const records = array(record({ type: constantFrom(20, 21, 22, 23), bytes: lengths }), { maxLength: 8 })
  holds(
    property(records, array(nat({ max: 40 }), { maxLength: 60 }), uint8Array({ maxLength: 4 }), (made, cuts, rest) => {
      const stream = Buffer.concat([...made.map(({ type, bytes }) => record23(type, Buffer.alloc(bytes, 7))), rest])
      const types: number[] = []
      const read = tlsRecords({ onType: (type) => types.push(type) })
      const pieces = []
      let at = 0
      for (const cut of [...cuts, stream.length]) pieces.push(...read(stream.subarray(at, (at += cut))))
      assert.ok(Buffer.concat(pieces.map(({ bytes }) => bytes)).equals(stream))
      assert.deepEqual(
        types.slice(0, made.length),
        made.map(({ type }) => type),
      )
      const alerts = made.filter(({ bytes }) => bytes >= 19 && bytes <= 83 && (bytes - 19) % 16 === 0)
      assert.equal(pieces.filter(({ ends }) => ends === 'short').length, alerts.length)
      for (const { bytes, ends } of pieces) assert.ok(ends !== 'short' || bytes.length <= 5 + 83)
    }),
  )
})
