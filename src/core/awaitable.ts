/** Something that may be there already. */
export type Awaitable<T> = T | Promise<T>
