import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Runs axe, or some of its rules, on what a tab shows; returns a line for each element that breaks one. */
export async function accessibilityProblems(
  page: Page,
  rules?: readonly string[],
): Promise<readonly string[]> {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe.source);
  const options = rules ? { runOnly: rules } : {};
  return await page.evaluate(`axe.run(${JSON.stringify(options)}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => [id, html.slice(0, 200), failureSummary].join(' | ')),
    ))`);
}
