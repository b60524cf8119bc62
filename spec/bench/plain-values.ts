/** What is given to a call, and comes back. */
export const plainValues = {
  'returning a number': 42,
  'with a string of 100 characters': 'a string of 100 characters'.padEnd(100, '.'),
  'with an object of 10 fields': {
    id: 4_711,
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    active: true,
    score: 98.6,
    country: 'GB',
    city: 'London',
    visits: 1_024,
    referrer: null,
    note: 'prefers letters',
  },
}
