import { z } from 'zod';

/** The format of test/fixtures/tools/*.json; README.md beside them explains every field. */
const Mode = z.string().regex(/^[0-7]{3,4}$/);

export type Content =
  | string
  | Readonly<{ base64: string }>
  | Readonly<{ repeat: string; times: number }>
  | Readonly<{ parts: Content[]; size?: number | undefined }>;
const Content: z.ZodType<Content> = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({ base64: z.string() }),
    z.strictObject({ repeat: z.string().min(1), times: z.number().int().min(0) }),
    z.strictObject({ parts: z.array(Content), size: z.number().int().optional() }),
  ]),
);

const FileSpec = z.union([
  Content,
  z.strictObject({ content: Content, mode: Mode.optional(), modified: z.string().optional() }),
  z.strictObject({ link: z.string() }),
  z.strictObject({ folder: z.literal(true), mode: Mode.optional() }),
  z.strictObject({ fifo: z.literal(true) }),
  z.strictObject({
    tree: z.strictObject({ files: z.number().int(), per_folder: z.number().int(), text: Content }),
  }),
]);
export type FileSpec = z.infer<typeof FileSpec>;

const Files = z.record(z.string(), FileSpec);
export type Files = z.infer<typeof Files>;

const Call = z.strictObject({ name: z.string(), input: z.unknown() });
export type Call = z.infer<typeof Call>;

const Change = z.strictObject({
  change: z.record(
    z.string(),
    z.union([
      FileSpec,
      z.strictObject({ remove: z.literal(true) }),
      z.strictObject({ touch: z.literal(true) }),
      z.strictObject({ chmod: Mode }),
    ]),
  ),
});
export type Change = z.infer<typeof Change>['change'];

const Step = z.union([Call, Change, z.strictObject({ parallel: z.array(Call).min(2) })]);
export type Step = z.infer<typeof Step>;

const Texts = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value));

const CallExpectation = z.strictObject({
  call: z.number().int().min(1),
  is_error: z.boolean().optional(),
  mutated: z.boolean().optional(),
  exit_code: z.number().int().optional(),
  text: z.string().optional(),
  contains: Texts.optional(),
  lacks: Texts.optional(),
  matches: Texts.optional(),
  max_chars: z.number().int().optional(),
  image: z.strictObject({ media_type: z.string(), file: z.string() }).optional(),
});
export type CallExpectation = z.infer<typeof CallExpectation>;

const FileExpectation = z.strictObject({
  file: z.string(),
  content: Content.optional(),
  mode: Mode.optional(),
  link: z.string().optional(),
  absent: z.literal(true).optional(),
});
export type FileExpectation = z.infer<typeof FileExpectation>;

const Expectation = z.union([
  CallExpectation,
  FileExpectation,
  z.strictObject({ unchanged: z.literal(true), except: z.array(z.string()).optional() }),
  z.strictObject({ paths: z.array(z.string()) }),
]);
export type Expectation = z.infer<typeof Expectation>;

/** One case: files to lay out, calls to make in order, and what must be true of the answers and the tree. */
export const ToolCase = z.strictObject({
  id: z.string().min(1),
  sandbox: z.enum(['bubblewrap', 'namespaces', 'process']).optional(),
  own_executor: z.literal(true).optional(),
  keep_files: z.literal(true).optional(),
  files: Files,
  calls: z.array(Step).min(1),
  expect: z.array(Expectation).min(1),
});
export type ToolCase = z.infer<typeof ToolCase>;
