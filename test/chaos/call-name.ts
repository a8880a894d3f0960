import type { CallRequest, Service } from './call.ts';

/** Tells by an HTTP request whom it is for: every service of a process has the same address here. */
export function serviceOf({ path, headers }: CallRequest): Service {
  const target = word(headers['x-amz-target']);
  if (target.startsWith('DynamoDB')) return 'dynamodb';
  if (target.startsWith('AmazonSQS')) return 'sqs';
  if (target.startsWith('AmazonEC2ContainerService')) return 'ecs';
  if (word(headers.authorization).includes('/s3/aws4_request')) return 's3';
  if (path === '/broker') return 'broker';
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  const git = /^\/[^/]+\/[^/]+\.git\/(info\/refs|git-upload-pack|git-receive-pack)/;
  return git.test(path) ? 'git' : 'github';
}

/** What a call is for, without anything that differs between two runs: ids, hashes and hosts are folded away. */
export function nameOf(service: Service, request: CallRequest): string {
  switch (service) {
    case 'dynamodb':
      return dynamoName(request);
    case 'sqs':
      return sqsName(request);
    case 'ecs':
      return action(request);
    case 's3':
      return `${request.method} ${folder(request.path)}`;
    case 'broker':
      return `POST ${String(json(request.body)['want'])}`;
    case 'git':
      return `${request.method} ${/\.git\/([a-z/-]+)/.exec(request.path)?.[1] ?? ''}`;
    case 'anthropic':
      return `${request.method} ${pathOf(request.path).replace(/(\/models\/).+/, '$1{}')}`;
    case 'github':
      return `${request.method} ${githubPath(request.path)}`;
  }
}

type Json = Readonly<Record<string, unknown>>;

function json(body: Buffer): Json {
  try {
    return record(JSON.parse(body.toString('utf8')));
  } catch {
    // Not every body is JSON; then there is nothing to read in it.
    return {};
  }
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function action({ headers }: CallRequest): string {
  return String(headers['x-amz-target']).split('.')[1] ?? '';
}

function pathOf(path: string): string {
  return path.split('?')[0] ?? path;
}

/** Objects lie in `/<bucket>/<kind>/<two letters>/<sha256>`. */
function folder(path: string): string {
  return `${pathOf(path).split('/')[2] ?? ''}/{}`;
}

/** A repository's own words stay; whatever names one of many things becomes `{}`. */
function githubPath(path: string): string {
  return decodeURIComponent(pathOf(path))
    .replace(/^\/repos\/[^/]+\/[^/]+/, '/repos/{}')
    .replace(/^\/repositories\/\d+/, '/repositories/{}')
    .replace(/\/(ref|refs|matching-refs)\/heads\/.+$/, '/$1/heads/{}')
    .replace(/\/contents\/.+$/, (rest) => rest)
    .replace(/\/(branches|users|orgs|collaborators|memberships)\/[^/]+/g, '/$1/{}')
    .replace(/\/[0-9a-f]{40}(?=\/|$)/g, '/{}')
    .replace(/\/[0-9a-f]{40}\.\.\.[0-9a-f]{40}/g, '/{}')
    .replace(/\/commits\/[^/]+/, '/commits/{}')
    .replace(/\/compare\/.+$/, '/compare/{}')
    .replace(/\/\d+(?=\/|$)/g, '/{}');
}

function sqsName(request: CallRequest): string {
  const input = json(request.body);
  const queue = word(input['QueueUrl']).split('/').at(-1) ?? '';
  const attributes = record(input['MessageAttributes']);
  const event = record(attributes['github-event'])['StringValue'];
  if (event !== undefined) return `${action(request)} ${queue} ${word(event)}`;
  const type = word(json(Buffer.from(word(input['MessageBody'])))['type']);
  return [action(request), queue, type].filter((part) => part !== '').join(' ');
}

function dynamoName(request: CallRequest): string {
  const input = json(request.body);
  const what = action(request);
  switch (what) {
    case 'GetItem':
      return `${what} ${keyName(input['Key'])}`;
    case 'Query': {
      const values = Object.values(record(input['ExpressionAttributeValues'])).map(text);
      const index = input['IndexName'];
      if (index !== undefined) return `${what} ${word(index)}`;
      return `${what} ${kindOf(values[0] ?? '', values[1] ?? '')}`;
    }
    case 'TransactWriteItems': {
      const items = Array.isArray(input['TransactItems']) ? input['TransactItems'] : [];
      return `write ${items.map(itemName).join(' + ')}`;
    }
    default:
      return what;
  }
}

function text(value: unknown): string {
  return word(record(value)['S']);
}

function keyName(key: unknown): string {
  const { pk, sk } = record(key);
  return kindOf(text(pk), text(sk));
}

/** `WORK#…` and `JOB#…` become `job`: the kind of an item by its key. */
function kindOf(pk: string, sk: string): string {
  const outer = pk.split('#')[0] ?? '';
  const inner = /^[A-Z_]+/.exec(sk)?.[0];
  if (outer === 'BUDGET' || outer === 'SLOT')
    return `${outer}#${pk.split('#')[1] ?? ''}`.toLowerCase();
  return (
    outer === 'REQ' || outer === 'WORK' || outer === 'HEAD' ? (inner ?? outer) : outer
  ).toLowerCase();
}

function itemName(item: unknown): string {
  const [[kind, body] = ['', undefined]] = Object.entries(record(item));
  const inner = record(body);
  if (kind === 'Put') {
    const put = record(inner['Item']);
    const type = text(put['type']);
    return `put ${keyName(put)}${type === '' ? '' : `:${type}`}`;
  }
  const key = keyName(inner['Key']);
  if (kind === 'ConditionCheck') return `check ${key}`;
  if (kind === 'Delete') return `delete ${key}`;
  // What the watch over deliveries writes depends on what it found before this case.
  if (key === 'deliveries') return `update ${key}`;
  return `update ${key}{${changes(inner)}}`;
}

/** The attributes that an update sets, with the new state where it is one of them. */
function changes(update: Json): string {
  const names = record(update['ExpressionAttributeNames']);
  const values = record(update['ExpressionAttributeValues']);
  const expression = word(update['UpdateExpression']);
  const set = /SET (.+?)(?= REMOVE | ADD | DELETE |$)/.exec(expression)?.[1] ?? '';
  const pairs = set.split(', ').flatMap((part) => {
    const [slot, value] = part.split(' = ');
    const name = word(names[slot ?? '']);
    if (name === 'state') return [`state=${text(values[value ?? ''])}`];
    return name === '' ? [] : [name];
  });
  const state = pairs.find((pair) => pair.startsWith('state='));
  if (state !== undefined) return state;
  const other = /(?:ADD|DELETE|REMOVE) .+$/.exec(expression)?.[0] ?? '';
  const changed = [...other.matchAll(/#n\d+/g)].map(([slot]) => word(names[slot]));
  return [...pairs, ...changed].toSorted().join(',');
}
