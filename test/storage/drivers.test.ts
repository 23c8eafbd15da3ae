import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drivers, findDriver } from '../../src/storage/drivers/index.ts'
import { put, text } from '../contract/clause.ts'
import { services } from '../helpers/storages.ts'

test('a driver is found by its name, and by no other', () => {
  for (const driver of drivers) assert.equal(findDriver(driver.name), driver)
  for (const name of ['', 'Disk', '__proto__', 'ftp']) assert.equal(findDriver(name), null)
  assert.equal(new Set(drivers.map(({ name }) => name)).size, drivers.length)
})

test('unknown options are refused by every driver', () => {
  for (const { name, options } of drivers) assert.ok(!options.safeParse({ colour: 'blue' }).success, name)
})

test('the memory driver opens with what its schema makes of nothing', async () => {
  const driver = findDriver('memory')
  const storage = await driver?.open(driver.options.parse({}), services)
  assert.ok(storage !== undefined)
  await put(storage, 'f', 'abc')
  assert.equal(await text(storage, 'f'), 'abc')
})
