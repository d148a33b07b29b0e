/** All in milliseconds. */
export const TAB_TIMING = {
  /** How often `tick` is called. */
  tick: 200,
  /** A leader is heard of at least so often. */
  beat: 400,
  /** One that has not been heard for so long is asked whether it is there… */
  suspect: 800,
  /** …and replaced if it does not answer within this. */
  answer: 250,
  /** By the first of several: each waits up to so much longer. */
  jitter: 150,
  /** A hidden leader, whose timers are slowed down, gives way to a visible tab after this. */
  handOver: 2_000,
  /** How often a follower says that it is there. */
  presence: 20_000,
  /** Timers of hidden tabs may be called once a minute. */
  absence: 150_000,
  /** An unanswered hello is said again. */
  hello: 500,
  /** Without a leader for so long, data must be fetched. */
  polling: 5_000,
} as const;
