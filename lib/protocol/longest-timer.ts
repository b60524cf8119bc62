/** The longest time that a timer of Node can measure, in ms; one that is longer fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1
