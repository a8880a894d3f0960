/** A fetch for one call that gives up on silence. */
export type WatchedFetch = Readonly<{
  fetch: typeof fetch;
  /** True once a successful answer has begun: from then on the call costs money. */
  begun: () => boolean;
  /** True when the call was ended for silence or for its length. */
  stalled: () => boolean;
  /** Stops the timers; call it when the call has ended. */
  close: () => void;
}>;

/**
 * A fetch that is aborted when no byte arrives for `idleMs`, or when the whole call takes longer than `maxMs`. The
 * SDK's own time-out ends with the headers, so a stream that falls silent would hang for ever.
 */
export function watchFetch(options: Readonly<{ idleMs: number; maxMs: number }>): WatchedFetch {
  const controller = new AbortController();
  const expire = () => controller.abort(new Error('No bytes from the model API in time'));
  const whole = setTimeout(expire, options.maxMs);
  let idle = setTimeout(expire, options.idleMs);
  let begun = false;
  const touch = () => {
    clearTimeout(idle);
    if (!controller.signal.aborted) idle = setTimeout(expire, options.idleMs);
  };

  return {
    begun: () => begun,
    stalled: () => controller.signal.aborted,
    close: () => {
      clearTimeout(whole);
      clearTimeout(idle);
    },
    fetch: async (input, init) => {
      const signals = init?.signal ? [init.signal, controller.signal] : [controller.signal];
      const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
      touch();
      begun = response.ok;
      return response.body ? new Response(watched(response.body, touch), response) : response;
    },
  };
}

// Chunk by chunk: a pipe would drop what it holds when the connection breaks, and with it the usage seen so far.
function watched(body: ReadableStream<Uint8Array>, touch: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read();
        touch();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
