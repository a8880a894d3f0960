import { worker as limits } from './limits.ts';

/** The only place where the worker's container can write, on the task's own disk. The image keeps its rights (VOLUME). */
export const scratch = { name: 'scratch', path: '/tmp' } as const;

/**
 * Completes the containers that SST writes: the worker gets time to hand its job back, no terminal and no ports, and
 * beside it sleeps a container whose end ends the task.
 */
export function finishContainers(
  definitions: $util.Input<string> | undefined,
): $util.Output<string> {
  return $resolve([definitions]).apply(([text]) => {
    const [worker] = JSON.parse(text ?? '[]');
    if (worker === undefined) throw new Error('SST made no container');
    const { portMappings: _ports, pseudoTerminal: _terminal, ...plain } = worker;
    return JSON.stringify([
      {
        ...plain,
        essential: true,
        stopTimeout: limits.stopTimeoutSeconds,
        readonlyRootFilesystem: true,
        mountPoints: [{ sourceVolume: scratch.name, containerPath: scratch.path, readOnly: false }],
        // Namespaces and uids confine tools; no capability of the container's is theirs (worker/executor).
        linuxParameters: { initProcessEnabled: true },
        ulimits: [{ name: 'nofile', softLimit: 65_536, hardLimit: 65_536 }],
      },
      lifespan(worker),
    ]);
  });
}

type Container = Readonly<{ image: string; logConfiguration: unknown }>;

/** An essential container that ends after the longest time a task may take: ECS then stops the others. */
function lifespan({ image, logConfiguration }: Container) {
  return {
    name: 'Lifespan',
    // The worker's own image: no second one has to be pulled.
    image,
    essential: true,
    entryPoint: ['sleep'],
    command: [String(limits.lifespanSeconds)],
    memory: limits.lifespanMemoryMb,
    user: '65534:65534',
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
    logConfiguration,
  };
}
