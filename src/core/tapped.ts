/**
 * The same items, each shown to `look` before it is passed on. When `look` throws, so does the reading, and the source is ended.
 * Not a generator: one costs more than what most stages do with a chunk (decision 21).
 */
export function tapped<T>(source: AsyncIterable<T>, look: Look<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new Tapped(source[Symbol.asyncIterator](), look) }
}

/** The item waits for what is returned. */
type Look<T> = (item: T) => void | Promise<void>

class Tapped<T> implements AsyncIterator<T, void> {
  readonly #source: AsyncIterator<T>
  readonly #look: Look<T>

  constructor(source: AsyncIterator<T>, look: Look<T>) {
    this.#source = source
    this.#look = look
  }

  async next(): Promise<IteratorResult<T, void>> {
    const result = await this.#source.next()
    if (result.done === true) return result
    try {
      const looking = this.#look(result.value)
      if (looking !== undefined) await looking
    } catch (error) {
      // What the look threw is the reason; that the source could not be ended well is not.
      await this.#source.return?.().catch(() => {})
      throw error
    }
    return result
  }

  async return(): Promise<IteratorResult<T, void>> {
    await this.#source.return?.()
    return { done: true, value: undefined }
  }
}
