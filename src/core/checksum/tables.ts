/** How many bytes one step takes, and so how many tables there are. */
export const stride = 16

/**
 * The tables of a reflected CRC, one after another, 256 entries each: entry n of table k is what byte n adds when k more
 * bytes follow it. `reflected` has 64 bits at most.
 */
export function fillTables(tables: BigUint64Array, reflected: bigint): void {
  for (let byte = 0; byte < 256; byte++) {
    let entry = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) entry = (entry & 1n) === 1n ? (entry >> 1n) ^ reflected : entry >> 1n
    tables[byte] = entry
  }
  for (let index = 256; index < tables.length; index++) {
    const shorter = tables[index - 256] ?? 0n
    tables[index] = (shorter >> 8n) ^ (tables[Number(shorter & 255n)] ?? 0n)
  }
}
