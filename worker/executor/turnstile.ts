/** Lets readers pass together and others one at a time, in the order in which they came. */
export type Turnstile = Readonly<{
  shared: <T>(work: () => Promise<T>) => Promise<T>;
  exclusive: <T>(work: () => Promise<T>) => Promise<T>;
}>;

/**
 * An open turnstile. At most `maxShared` readers run at once.
 * Contract: a reader that came after a writer runs after it, so that results follow the order of the calls.
 */
export function createTurnstile(maxShared = 8): Turnstile {
  const waiting: { exclusive: boolean; start: () => void }[] = [];
  let readers = 0;
  let writing = false;

  const admit = (): void => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (writing || (next.exclusive ? readers > 0 : readers >= maxShared)) return;
      waiting.shift();
      if (next.exclusive) writing = true;
      else readers += 1;
      next.start();
    }
  };
  const pass = async <T>(exclusive: boolean, work: () => Promise<T>): Promise<T> => {
    await new Promise<void>((resolve) => {
      waiting.push({ exclusive, start: resolve });
      admit();
    });
    try {
      return await work();
    } finally {
      if (exclusive) writing = false;
      else readers -= 1;
      admit();
    }
  };
  return {
    shared: (work) => pass(false, work),
    exclusive: (work) => pass(true, work),
  };
}
