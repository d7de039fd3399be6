import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { isExclusion, isPackageName } from './package-names.ts';

/**
 * The types of single answers. Each message reads `what is wrong; what to do`, because that is
 * how it is shown, in the wizard's reserved line as on the command line.
 */

export function ipv4Address(): z.ZodString {
  return z
    .string('is not text; write an IPv4 address such as 192.168.67.1')
    .refine(
      (text) => ipaddr.IPv4.isValidFourPartDecimal(text),
      'is not an IPv4 address; write four numbers from 0 to 255, such as 192.168.67.1',
    ) as z.ZodString;
}

/** One word of timesyncd.conf(5), which parts them by blanks: a DNS name (RFC 1123) or an IPv4 address. */
export function timeServer(): z.ZodString {
  return z
    .string()
    .max(253, 'is too long for a name; write at most 253 characters')
    .refine(
      (text) =>
        /^[0-9.]+$/.test(text)
          ? ipaddr.IPv4.isValidFourPartDecimal(text)
          : /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/.test(
              text,
            ),
      'is not a time server; write its name, such as ntp.example.org, or its IPv4 address',
    ) as z.ZodString;
}

/** A DNS label (RFC 1123): what a machine or a tree may be called. */
export const labelPattern = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;

export function label(what: string): z.ZodString {
  return z
    .string()
    .regex(
      labelPattern,
      `is not a name for a ${what}; use up to 32 lower-case letters, digits and hyphens, beginning with a letter`,
    );
}

/** A label that DHCP may give: two of them are no names in dnsmasq's dhcp-host (dnsmasq(8)). */
export function machineName(): z.ZodString {
  return label('machine').refine(
    (name) => !['ignore', 'infinite'].includes(name),
    'is a word of dnsmasq; choose another name',
  );
}

export function packageName(): z.ZodString {
  return z
    .string()
    .max(128, 'is too long for a package name; write the name as `apt-cache search` shows it')
    .refine(
      isPackageName,
      'is not a package name; write it as `apt-cache search` shows it, in lower case and without spaces',
    );
}

/** What an exclusion may be: a package name in which `*` stands for anything. */
export function packageGlob(): z.ZodString {
  return z
    .string()
    .max(128, 'is too long for a package name; write the name as `apt-cache search` shows it')
    .refine(
      isExclusion,
      'is not a package name; write it in lower case and without spaces, `*` standing for anything',
    );
}

/** A file of this server by its whole path; no quotes, blanks or control characters. */
export function filePath(): z.ZodString {
  return z
    .string()
    .max(1024)
    .regex(
      /^(\/[A-Za-z0-9._~+@:,=-]+)+$/,
      'is not the path of a file; write it whole, such as /root/keytabs/node1.keytab',
    )
    .refine(
      (text) => !/\/\.\.?(\/|$)/.test(text),
      'leads through . or ..; write the path itself',
    ) as z.ZodString;
}

/** An archive's address. No quotes, spaces or control characters: it goes into a deb822 file. */
export function archiveAddress(): z.ZodString {
  return z
    .string()
    .max(512)
    .regex(
      /^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[A-Za-z0-9._~+-]+)*\/?$/,
      'is not the address of a Debian mirror; write one such as http://mirror.example/debian',
    );
}

/** The numbers of people on Debian (policy 9.2.2); those below are of the system, some above too. */
export function userNumber(): z.ZodInt {
  return z
    .int('is not a number; write one such as 2001')
    .min(1000, 'is a number of the system; write one from 1000 on, such as 2001')
    .max(59_999, 'is more than a user may have; write one up to 59999');
}

/** useradd(8) on Debian: what a login may be called. */
export function userName(): z.ZodString {
  return z
    .string()
    .regex(
      /^[a-z_][a-z0-9_-]{0,30}$/,
      'is not a login name; use up to 31 lower-case letters, digits, hyphens and underscores, beginning with a letter',
    );
}

const notAKey =
  'is not a public ssh key; paste the one line of a file such as ~/.ssh/id_ed25519.pub';

/** One line of authorized_keys(5) without options: type, base64, comment. */
export function sshKey(): z.ZodString {
  return z
    .string()
    .max(8192, notAKey)
    .regex(
      /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+={0,3}( [\x20-\x7e]*)?$/,
      notAKey,
    )
    .refine(holdsAKey, notAKey);
}

/** What is in base64 names its type again, and is made of fields that say how long they are (RFC 4253 6.6). */
function holdsAKey(line: string): boolean {
  const [type, base64 = ''] = line.split(' ');
  const key = Buffer.from(base64, 'base64');
  if (key.toString('base64') !== base64) return false;
  const fields: Buffer[] = [];
  for (let at = 0; at < key.length; ) {
    const end = at + 4 <= key.length ? at + 4 + key.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (end > key.length) return false;
    fields.push(key.subarray(at + 4, end));
    at = end;
  }
  const [named, ...rest] = fields;
  if (named?.toString('latin1') !== type) return false;
  return type === 'ssh-ed25519' ? rest.length === 1 && rest[0]?.length === 32 : rest.length >= 2;
}

export function ethernetAddress(): z.ZodString {
  return z
    .string()
    .regex(
      /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/,
      'is not an Ethernet address; write six pairs in lower case, such as 52:54:00:12:34:56',
    );
}

/** One word of a kernel command line: nothing that a loader's config could read as more than a word. */
export function kernelOption(): z.ZodString {
  return z
    .string()
    .max(256)
    .regex(
      /^[A-Za-z0-9_.-]+(=[A-Za-z0-9_.,:/@%+-]*)?$/,
      'is not one word of a kernel command line; write it as name or name=value, without spaces and quotes',
    );
}
