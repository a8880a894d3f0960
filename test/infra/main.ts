import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../../core/process.ts';
import { tool } from '../support/tool.ts';
import { bundleFunctions } from './support/bundle.ts';
import { cleanInstallProblems } from './support/clean-install.ts';
import { optionProblems } from './support/check-options.ts';
import { planChecks } from './support/check-plan.ts';
import { restoredTableProblems } from './support/check-restored.ts';
import { makePlan, type Plan, stages } from './support/plan.ts';
import { renderDifference, renderPlan } from './support/render-plan.ts';
import { installSst } from './support/sst-install.ts';
import { roleStatements, wildcards } from './support/statements.ts';

/**
 * `npm run infra`: everything about the deployment that can be told without an account. `--write` writes the plans
 * anew, `--quick` plans production only, `--json` ends with one JSON document.
 */
const options = process.argv.slice(2);
const quick = options.includes('--quick');
const plansFolder = fileURLToPath(new URL('../../infra/plans/', import.meta.url));
const results: boolean[] = [];

await check('sst install', async () => {
  await installSst();
  return [];
});
await check('types', checkTypes);
await check('lint', lint);
const plans = await planStages();
for (const plan of plans) {
  for (const { name, problems } of planChecks)
    await check(`${plan.stage}: ${name}`, () => problems(plan));
}
await check('plans are as they were reviewed', comparePlans);
if (!quick) await check('production with a restored table', restoredTableProblems);
if (!quick) await check('production with a domain and alarms by mail', optionProblems);
if (!quick) await check("the image's steps in a clean folder", cleanInstallProblems);
const bundles = await bundleAll();
finish();

async function check(
  name: string,
  run: () => readonly string[] | Promise<readonly string[]>,
): Promise<void> {
  const start = performance.now();
  const problems = await Promise.resolve()
    .then(run)
    .catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  results.push(problems.length === 0);
  say(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name} ${seconds} s`);
  for (const problem of problems) say(`  ${problem}`);
}

/** Against SST's real types. SST's own sources are not ours to judge, and are left out of what is said. */
async function checkTypes(): Promise<readonly string[]> {
  const end = await runProcess(tool('tsc', ['--noEmit', '--pretty', 'false', '-p', 'infra']));
  const lines = end.stdout.toString().split('\n');
  if (!lines.some((line) => line.startsWith('.sst/')) && end.exitCode !== 0) return lines;
  return lines.filter((line) => /^(infra\/|sst\.config\.ts|error )/.test(line));
}

async function lint(): Promise<readonly string[]> {
  const end = await runProcess(tool('oxlint', ['--type-aware', '--quiet', 'infra']));
  return end.exitCode === 0 ? [] : end.stdout.toString().split('\n');
}

async function planStages(): Promise<readonly Plan[]> {
  const made: Plan[] = [];
  for (const stage of quick ? stages.slice(0, 1) : stages) {
    await check(`${stage}: plan`, async () => {
      made.push(await makePlan(stage));
      return [];
    });
  }
  return made;
}

/** `infra/plans/` holds what the last review saw: a change of the deployment shows in a diff of these files. */
function comparePlans(): readonly string[] {
  const [base] = plans;
  return plans.flatMap((plan) => {
    const text = plan === base ? renderPlan(plan) : renderDifference(plan, base ?? plan);
    const file = join(plansFolder, `${plan.stage}.txt`);
    if (options.includes('--write')) {
      writeFileSync(file, text);
      return [];
    }
    return text === readFileSync(file, 'utf8')
      ? []
      : [`infra/plans/${plan.stage}.txt is not the plan any more: npm run infra -- --write`];
  });
}

async function bundleAll(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'cody-bundles-'));
  const bytes: Record<string, number> = {};
  try {
    await check('bundles', async () => {
      const written = Object.entries(await bundleFunctions(folder));
      for (const [name, bundle] of written) bytes[name] = bundle.bytes;
      return written.filter(([, bundle]) => bundle.bytes === 0).map(([name]) => name);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return bytes;
}

function finish(): void {
  const failed = results.filter((ok) => !ok).length;
  const figures = plans.map((plan) => {
    const statements = roleStatements(plan);
    const open = statements.flatMap((statement) => wildcards(statement)).length;
    const counts = {
      resources: plan.resources.length,
      statements: statements.length,
      wildcards: open,
    };
    say(`${plan.stage}: ${counts.resources} resources, ${counts.statements} statements of roles`);
    return [plan.stage, counts];
  });
  for (const [name, bytes] of Object.entries(bundles)) say(`${name}: ${bytes} bytes`);
  say(`${results.length - failed} passed, ${failed} failed`);
  if (options.includes('--json'))
    say(JSON.stringify({ stages: Object.fromEntries(figures), bundles }));
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
