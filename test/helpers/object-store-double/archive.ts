import type { ObjectStoreDouble } from './object-store-double.ts'

/** The archive has brought what it was asked for. */
export function deliver({ bucket }: ObjectStoreDouble, key: string): void {
  const object = bucket.objects.get(key)
  if (object === undefined) throw new TypeError(`There is no ${key}.`)
  const isOngoing = ([name, value]: readonly [string, string]) => name.endsWith('-restore') && value.includes('"true"')
  const entries = Object.entries(object.headers)
  if (!entries.some(isOngoing)) throw new TypeError('Nobody has asked for it.')
  const done = 'ongoing-request="false", expiry-date="Fri, 01 Jan 2100 00:00:00 GMT"'
  const headers = Object.fromEntries(entries.map((entry) => (isOngoing(entry) ? [entry[0], done] : entry)))
  bucket.objects.set(key, { ...object, headers })
}
