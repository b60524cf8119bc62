import { fromFetch } from 'rxjs/fetch'

/** Run on the main loop, so that they outlive the visits that began them. */
export const downloads = {
  get: (url: string) => fromFetch(url, { selector: (response) => response.text() }),
}
