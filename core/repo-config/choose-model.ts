import { closest } from 'fastest-levenshtein';
import type { Policy } from '../policy.ts';

type Wishes = Readonly<{ model?: string | undefined; models?: readonly string[] | undefined }>;

type Input = Readonly<{
  policy: Pick<Policy, 'model' | 'models'>;
  organization: Wishes;
  repository: Wishes;
  /** What the command names. */
  asked: string | undefined;
}>;

/** The model that was asked for is not one of those that may be used; `models` is empty when none may. */
export type ModelRefusal = Readonly<{
  type: 'model_not_allowed';
  model: string;
  models: readonly string[];
}>;

export type ChosenModel = Readonly<{
  id: string;
  /** What a file asks for and does not get. */
  notices: readonly string[];
  refusals: readonly ModelRefusal[];
}>;

/**
 * The request's model, else the repository's, else the organization's, else the server's: the first of them that
 * server, organization and repository all allow. Only a model that was asked for is refused. Pure.
 */
export function chooseModel({ policy, organization, repository, asked }: Input): ChosenModel {
  const allowed = allowedModels(policy, organization, repository);
  const wanted = asked ?? repository.model ?? organization.model ?? policy.model;
  const refuse = (model: string, id: string): ChosenModel => ({
    id,
    notices: [],
    refusals: [{ type: 'model_not_allowed', model, models: allowed }],
  });
  const [first] = allowed;
  if (first === undefined) return refuse(wanted, policy.model);
  if (asked !== undefined && !allowed.includes(asked)) return refuse(asked, first);
  const wishes = [asked, repository.model, organization.model, policy.model];
  const id = wishes.find((one) => one !== undefined && allowed.includes(one)) ?? first;
  const notices =
    asked === undefined
      ? [
          ...notice(repository.model, { allowed, id, who: 'the repository' }),
          ...notice(repository.model === undefined ? organization.model : undefined, {
            allowed,
            id,
            who: 'the organization',
          }),
        ]
      : [];
  return { id, notices, refusals: [] };
}

/** The server's models, the default first, that organization and repository allow as well. */
function allowedModels(policy: Input['policy'], ...files: readonly Wishes[]): readonly string[] {
  const server = [...new Set([policy.model, ...policy.models])];
  return server.filter((model) => files.every(({ models }) => models?.includes(model) ?? true));
}

function notice(
  wanted: string | undefined,
  { allowed, id, who }: Readonly<{ allowed: readonly string[]; id: string; who: string }>,
): string[] {
  if (wanted === undefined || allowed.includes(wanted)) return [];
  const nearest = closest(wanted, [...allowed]);
  return [
    `cody.yml of ${who}: \`model\` is \`${wanted}\`, which is not allowed here; the nearest allowed one is \`${nearest}\`. The run uses \`${id}\`.`,
  ];
}
