/** How far a connection has come. It only moves forward. */
export const Phase = {
  /** The thread asked for a reactor; none has answered yet. */
  ASKED: 0,
  /** The thread gave up asking, before any reactor answered. The end. */
  ABANDONED: 1,
  /** A reactor accepts the thread's calls. */
  ATTACHED: 2,
  /** The reactor is about to stop. It still takes calls, for the thread makes them for what was begun before. */
  CLOSING: 3,
  /** The reactor no longer accepts this thread's calls, but lives on. The end of this connection. */
  DETACHED: 4,
  /** The reactor has stopped, but still listens to what the thread has to say. */
  STOPPED: 5,
  /** The reactor has stopped, and doesn't listen any more. The end, unless another reactor takes the thread. */
  GONE: 6,
  /** The reactor's thread has ended, though nobody has stopped the reactor. The end, unless another one takes the thread. */
  ORPHANED: 7,
  /** Who stopped the reactor has terminated its thread, for its loop stood still. The end, unless another one takes the thread. */
  TERMINATED: 8,
  /** As STOPPED, but another reactor has attached the thread since. The end of this connection. */
  RELEASED: 9,
  /** As GONE, ORPHANED or TERMINATED, but another reactor has attached the thread since. The end of this connection. */
  REPLACED: 10,
} as const
export type Phase = (typeof Phase)[keyof typeof Phase]
