import { describe, expect, it } from 'vitest';
import { attachmentLinks } from '../../../../app/accept/context/attachment-links.ts';
import { attachmentHosts } from '../../../../core/github/attachment-hosts.ts';

const hosts = attachmentHosts('https://git.example');
const links = (html: string) => attachmentLinks(html, hosts);
const kept = 'https://media.git.example/user/1/files';

describe('the attachments in a rendered text', () => {
  it('are each named once, with the address that can be loaded', () => {
    const address = `${kept}/a.png?token=1&amp;x=2`;
    expect(links(`<p><a href="${address}"><img src="${address}" alt="x"></a></p>`)).toEqual([
      { url: `${kept}/a.png?token=1&x=2`, name: 'a.png', known: true },
    ]);
  });

  it('are images and videos of others too, but not their links and no emoji', () => {
    const html = `<img src="https://evil.example/b.png"><a href="https://evil.example/c.log">c</a>
      <img class="emoji" src="https://git.example/images/d.png"><video src="${kept}/e.mp4"></video>`;
    expect(links(html).map(({ name, known }) => [name, known])).toEqual([
      ['b.png', false],
      ['e.mp4', true],
    ]);
  });

  it('have names that are nothing but names', () => {
    expect(links(`<a href="${kept}/x%22%3E%0A$(y).log">x</a>`)[0]?.name).toBe('x_22_3E_0A__y_.log');
  });
});
