/** What is different in each run, in words that stay the same. */
export type Plain = (text: string) => string;

type Known = Readonly<{ ending: string; serverUrl: string; requests: readonly string[] }>;

/** Returns the function that puts fixed words for ids, commits, addresses and times. */
export function createPlain({ ending, serverUrl, requests }: Known): Plain {
  return (text) => {
    let plain = text.replaceAll(new RegExp(`${ending}(?![0-9])`, 'g'), '');
    for (const [index, id] of requests.entries())
      plain = plain.replaceAll(id, `request${index + 1}`);
    return plain
      .replaceAll(serverUrl, 'https://github.example')
      .replaceAll(/\b\d{4}-\d\d-\d\d \d\d:\d\d UTC\b/g, '(moment)')
      .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z\b/g, '(time)')
      .replaceAll(/\b\d+(?:\.\d)? s\b/g, '0.0 s')
      .replaceAll(/\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{10,64}\b/g, '(sha)')
      .replaceAll(/\b\d{7,}\b/g, '(id)');
  };
}
