import { stringify } from 'yaml';
import type { Plan, Resource } from './plan.ts';

/** The plan as text to read and to compare in a review: one paragraph per resource. Ends with a line break. */
export function renderPlan(plan: Plan): string {
  const head = `# ${plan.stage}: ${plan.resources.length} resources. Written by npm run infra -- --write.\n`;
  return [
    head,
    `app\n${indented(plan.app)}`,
    `outputs\n${indented(plan.outputs)}`,
    ...plan.resources.map(renderResource),
  ].join('\n');
}

/** What another stage has in other words than the first one; names with the stage's own name in them count as equal. */
export function renderDifference(plan: Plan, base: Plan): string {
  const known = new Map(base.resources.map((resource) => [keyOf(resource), resource]));
  const changed = plan.resources.flatMap((resource) => {
    const before = known.get(keyOf(resource));
    known.delete(keyOf(resource));
    const now = renderResource(neutral(resource, plan.stage));
    if (before === undefined) return [`+ ${now}`];
    const then = renderResource(neutral(before, base.stage));
    return now === then ? [] : [lineDifference(then, now)];
  });
  const gone = [...known.values()].map((resource) => `- ${keyOf(resource)}\n`);
  const head = `# ${plan.stage}: ${plan.resources.length} resources, in which it differs from ${base.stage}.\n`;
  return [head, `app\n${indented(plan.app)}`, ...changed, ...gone].join('\n');
}

function renderResource(resource: Resource): string {
  return `${keyOf(resource)}\n${indented(resource.inputs)}`;
}

function keyOf({ type, name }: Resource): string {
  return `${type} ${name}`;
}

function indented(value: unknown): string {
  return stringify(value, { lineWidth: 0, sortMapEntries: true })
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('');
}

function neutral(resource: Resource, stage: string): Resource {
  const text = JSON.stringify(resource.inputs).replaceAll(stage, '<stage>');
  return { ...resource, inputs: JSON.parse(text) };
}

/** The resource's name, then the lines that only one of the two has. */
function lineDifference(then: string, now: string): string {
  const [before, after] = [then.split('\n'), now.split('\n')];
  const [name = ''] = after;
  return `${name}\n${[...only(before, after, '-'), ...only(after, before, '+')].join('')}`;
}

function only(lines: readonly string[], others: readonly string[], mark: string): string[] {
  return lines.filter((line) => !others.includes(line)).map((line) => `${mark}${line.slice(1)}\n`);
}
