/** What a short way says to a value that does not fit, or that only zod can judge. */
export const unfit: unique symbol = Symbol('unfit');
