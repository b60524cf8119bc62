import { Subject } from 'rxjs'

const approvals = new Subject<string>()

/** What the deployment waits for. */
export const approval = { next: () => approvals }

/** What somebody in the shell may call. */
export function approve(name: string): void {
  approvals.next(name)
}
