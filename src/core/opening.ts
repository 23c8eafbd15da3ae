/**
 * Opens something that is made of several parts. Each part that is open is told to `closing`, by `defer`; when opening fails those are
 * closed, the last one first. @throws what `open` throws.
 */
export async function opening<T>(open: (closing: AsyncDisposableStack) => Promise<T>): Promise<T> {
  const closing = new AsyncDisposableStack()
  try {
    return await open(closing)
  } catch (error) {
    await closing.disposeAsync()
    throw error
  }
}
