/** Pickles of protocol 0 written by hand: each value is its own program. */
export const text = (value: string) => `V${value}\n`
export const tuple = (...items: string[]) => `(${items.join('')}t`
export const list = (...items: string[]) => `(${items.join('')}l`
export const dict = (...items: string[]) => `(${items.join('')}d`
