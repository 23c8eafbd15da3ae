/** A whole number from 0 up to, but without, the bound. */
export type Chance = (bound: number) => number

/** Chance that falls the same way for the same seed (xorshift32). */
export function seeded(seed: number): Chance {
  let state = (seed | 0) ^ 0x9e3779b9 || 1
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
}

export function oneOf<Value>(chance: Chance, values: readonly Value[]): Value {
  return values[chance(values.length)] as Value
}
