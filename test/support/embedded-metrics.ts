import { Ajv } from 'ajv';

/*
 * Amazon CloudWatch, "Specification: Embedded metric format": the schema that it gives for documents, closed where it says
 * that objects hold no other members, and what it says in words of the members that are referred to.
 */

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });

const metric = {
  type: 'object',
  required: ['Name'],
  additionalProperties: false,
  properties: {
    Name: text(1024),
    Unit: { enum: ['Count', 'Milliseconds', 'None'] },
    StorageResolution: { enum: [1, 60] },
  },
};

const directive = {
  type: 'object',
  required: ['Namespace', 'Dimensions', 'Metrics'],
  additionalProperties: false,
  properties: {
    Namespace: text(1024),
    Dimensions: {
      type: 'array',
      minItems: 1,
      items: { type: 'array', minItems: 0, maxItems: 30, items: text(250) },
    },
    Metrics: { type: 'array', minItems: 1, maxItems: 100, items: metric },
  },
};

const validate = new Ajv({ strict: true, allErrors: true }).compile<Embedded>({
  type: 'object',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      additionalProperties: false,
      properties: {
        Timestamp: { type: 'integer', minimum: Date.UTC(2020) },
        CloudWatchMetrics: { type: 'array', minItems: 1, items: directive },
      },
    },
  },
});

type Embedded = Record<string, unknown> & {
  _aws: {
    CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[];
  };
};

/** The lines of a log that have metrics in them, as objects. */
export function withMetrics(lines: readonly string[]): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line)).filter((line) => '_aws' in line);
}

/** What is wrong with a line that has metrics in it; nothing when CloudWatch takes all of them. */
export function metricProblems(line: unknown): readonly string[] {
  if (!validate(line))
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  if (JSON.stringify(line).length > 256 * 1024) return ['longer than 256 KB'];
  const { _aws: embedded } = line;
  return embedded.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) => [
    ...Metrics.filter(({ Name }) => !Number.isFinite(line[Name])).map(
      ({ Name }) => `${Name} is no number`,
    ),
    ...Dimensions.flat()
      .filter((name) => !isDimension(line[name]))
      .map((name) => `${name} is no dimension`),
  ]);
}

/** A dimension's value: printable ASCII of 1 to 1,024 characters, and not only blanks. */
function isDimension(value: unknown): boolean {
  return typeof value === 'string' && /^[ -~]{1,1024}$/.test(value) && value.trim() !== '';
}
