import { closeSync, openSync, readSync, statSync } from "node:fs";

/**
 * LMDB maps its file into memory and follows page numbers blindly: a damaged one ends the process with a
 * signal. So its two meta pages and its branch pages are read the ordinary way before it is opened.
 * The layout is that of `MDB_meta`, `MDB_db`, `MDB_page` and `MDB_node` in LMDB's mdb.c.
 */
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE_HEADER_BYTES = 24;
const META = { flags: 0x12, magic: 0x18, version: 0x1c, freeTree: 0x30, mainTree: 0x60, txnId: 0x98 };
/** Within a tree's record; the free tree's first field holds the page size. */
const TREE = { pageSize: 0, depth: 6, root: 40 };
const PAGE = { number: 0, flags: 0x12, lower: 0x14 };
const IS_BRANCH = 0x01;
const IS_LEAF = 0x02;
const IS_META = 0x08;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const SMALLEST_PAGE_BYTES = 512;
const LARGEST_PAGE_BYTES = 65_536;
const DEEPEST_TREE = 32;

/** What is wrong with the file, or undefined when it can be opened. A missing file can. */
export function damageOf(path: string): string | undefined {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes === 0) return undefined;
  const file = openSync(path, "r");
  try {
    return inspect(file, sizeBytes);
  } finally {
    closeSync(file);
  }
}

function inspect(file: number, sizeBytes: number): string | undefined {
  const first = readAt(file, 0, SMALLEST_PAGE_BYTES);
  if (!isMeta(first)) return "its first page is not one of this store";
  const pageBytes = first.readUInt32LE(META.freeTree + TREE.pageSize);
  const isPower = (pageBytes & (pageBytes - 1)) === 0;
  if (!isPower || pageBytes < SMALLEST_PAGE_BYTES || pageBytes > LARGEST_PAGE_BYTES) {
    return "its page size makes no sense";
  }
  const second = readAt(file, pageBytes, SMALLEST_PAGE_BYTES);
  if (!isMeta(second)) return "its second page is not one of this store";
  const newer = second.readBigUInt64LE(META.txnId) > first.readBigUInt64LE(META.txnId) ? second : first;
  const pages: Pages = { file, pageBytes, count: Math.floor(sizeBytes / pageBytes) };
  return inspectTree(pages, newer, META.freeTree) ?? inspectTree(pages, newer, META.mainTree);
}

interface Pages {
  readonly file: number;
  readonly pageBytes: number;
  /** How many the file holds. */
  readonly count: number;
}

function isMeta(page: Buffer): boolean {
  return (
    page.length === SMALLEST_PAGE_BYTES &&
    (page.readUInt16LE(META.flags) & IS_META) !== 0 &&
    page.readUInt32LE(META.magic) === MAGIC &&
    (page.readUInt32LE(META.version) & 0xffff) === DATA_VERSION
  );
}

function inspectTree(pages: Pages, meta: Buffer, tree: number): string | undefined {
  const root = meta.readBigUInt64LE(tree + TREE.root);
  if (root === NO_PAGE) return undefined;
  const depth = meta.readUInt16LE(tree + TREE.depth);
  if (depth > DEEPEST_TREE) return "its tree of pages makes no sense";
  return inspectPage(pages, Number(root), depth);
}

/** Every page down to the leaves must lie in the file; branch pages and the root are read too. */
function inspectPage(pages: Pages, number: number, levels: number): string | undefined {
  if (number >= pages.count) return "it is cut short";
  const page = readAt(pages.file, number * pages.pageBytes, pages.pageBytes);
  const wanted = levels <= 1 ? IS_LEAF : IS_BRANCH;
  const lower = page.readUInt16LE(PAGE.lower);
  if (page.readBigUInt64LE(PAGE.number) !== BigInt(number) || !(page.readUInt16LE(PAGE.flags) & wanted)) {
    return `its page ${number} is not what it should be`;
  }
  if (levels <= 1) return undefined;
  // `lower` and the pointers count from the end of the page's header.
  const end = Math.min(PAGE_HEADER_BYTES + lower, page.length - 1);
  for (let pointer = PAGE_HEADER_BYTES; pointer < end; pointer += 2) {
    const node = PAGE_HEADER_BYTES + page.readUInt16LE(pointer);
    if (node + 8 > page.length) return `its page ${number} is not what it should be`;
    const child = page.readUInt32LE(node) + page.readUInt16LE(node + 4) * 2 ** 32;
    // Leaves are by far the most, and nothing of them is read.
    if (levels > 2) {
      const damage = inspectPage(pages, child, levels - 1);
      if (damage) return damage;
    } else if (child >= pages.count) return "it is cut short";
  }
  return undefined;
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}
