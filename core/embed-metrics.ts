import type { Metric } from './metrics.ts';

/** A line of the log as fields, its message among them (`msg`). */
type Line = Readonly<Record<string, unknown>>;

type Options = Readonly<{
  /** Under which CloudWatch keeps the metrics. */
  namespace: string;
  metrics: readonly Metric[];
  /** Unix ms. */
  at: number;
}>;

/**
 * Returns the line with its metrics in it, from which CloudWatch takes them while it stores the line; the same line when
 * it has none. A metric whose number is not there is left out, and so is a split by a field that is not there.
 * Source: Amazon CloudWatch, "Specification: Embedded metric format": numbers and dimensions are members of the root, a
 * dimension is a string.
 */
export function embedMetrics(line: Line, { namespace, metrics, at }: Options): Line {
  const found = metrics.flatMap((metric) => {
    const value = valueIn(line, metric);
    const sets = (metric.by ?? [[]]).filter((set) => set.every((field) => isText(line[field])));
    return value === undefined || sets.length === 0 ? [] : [{ metric, value, sets }];
  });
  if (found.length === 0) return line;
  const dimensions = found.flatMap(({ sets }) => sets.flat());
  return {
    ...line,
    ...Object.fromEntries(dimensions.map((field) => [field, String(line[field])])),
    ...Object.fromEntries(found.map(({ metric, value }) => [metric.name, value])),
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: found.map(({ metric: { name, unit = 'Count' }, sets }) => ({
        Namespace: namespace,
        Dimensions: sets,
        Metrics: [{ Name: name, Unit: unit }],
      })),
    },
  };
}

function valueIn(line: Line, { message, value, where }: Metric): number | undefined {
  if (line['msg'] !== message || (where && line[where.field] !== where.is)) return undefined;
  const number = value === undefined ? 1 : line[value];
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** What CloudWatch takes as the value of a dimension: printable ASCII that is not blank. */
function isText(value: unknown): boolean {
  const plain = typeof value === 'string' || typeof value === 'number';
  return plain && /^[!-~][ -~]{0,200}$/.test(String(value));
}
