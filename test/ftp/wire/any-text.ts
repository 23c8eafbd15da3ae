import * as fc from 'fast-check'

/** Any code point but surrogates, ASCII and its control characters as often as all others together. */
const anyCharacter = fc
  .oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }), fc.nat(0x7f))
  .map((point) => String.fromCodePoint(point))

/** Text as hostile as a client's can be. Made here because the library's own takes a second to build. */
export const anyText = (constraints: { readonly minLength?: number; readonly maxLength?: number } = {}) =>
  fc.string({ ...constraints, unit: anyCharacter })
