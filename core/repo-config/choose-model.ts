import { closest } from 'fastest-levenshtein';
import type { Policy } from '../policy.ts';

type Wishes = Readonly<{ model?: string | undefined; models?: readonly string[] | undefined }>;

type Input = Readonly<{
  policy: Pick<Policy, 'model' | 'models'>;
  /** `untold`: what it says is not repeated. */
  organization: Wishes & Readonly<{ untold?: boolean | undefined }>;
  repository: Wishes;
  /** What the command names. */
  asked: string | undefined;
}>;

/**
 * The model that was asked for is not one of those that may be used; `models` is empty when none may, and undefined
 * where they are not told.
 */
export type ModelRefusal = Readonly<{
  type: 'model_not_allowed';
  model: string;
  models: readonly string[] | undefined;
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
  const untold = organization.untold === true && organization.models !== undefined;
  const models = untold && allowed.length > 0 ? undefined : allowed;
  const refuse = (model: string, id: string): ChosenModel => ({
    id,
    notices: [],
    refusals: [{ type: 'model_not_allowed', model, models }],
  });
  const [first] = allowed;
  if (first === undefined) return refuse(wanted, policy.model);
  if (asked !== undefined && !allowed.includes(asked)) return refuse(asked, first);
  const wishes = [asked, repository.model, organization.model, policy.model];
  const id = wishes.find((one) => one !== undefined && allowed.includes(one)) ?? first;
  const notices =
    asked === undefined
      ? [
          ...notice(repository.model, { allowed, id, untold, who: 'the repository' }),
          ...notice(repository.model === undefined ? organization.model : undefined, {
            allowed,
            id,
            untold: organization.untold === true,
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

type Noticed = Readonly<{ allowed: readonly string[]; id: string; who: string; untold: boolean }>;

function notice(wanted: string | undefined, { allowed, id, who, untold }: Noticed): string[] {
  if (wanted === undefined || allowed.includes(wanted)) return [];
  if (untold) return [`cody.yml of ${who}: \`model\` is not allowed here. The run uses \`${id}\`.`];
  const nearest = closest(wanted, [...allowed]);
  return [
    `cody.yml of ${who}: \`model\` is \`${wanted}\`, which is not allowed here; the nearest allowed one is \`${nearest}\`. The run uses \`${id}\`.`,
  ];
}
