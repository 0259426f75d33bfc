/** Rows of equal length in bytes, outside the heap. Growing copies nothing. */
export interface PackedRows {
  readonly length: number;
  /** A new last row, all zeros, to be written into. */
  add(): Buffer;
  row(index: number): Buffer;
}

const ROWS_TOGETHER = 16_384;

export function packedRows(rowBytes: number): PackedRows {
  const blocks: Buffer[] = [];
  let length = 0;

  function row(index: number): Buffer {
    const block = blocks[Math.floor(index / ROWS_TOGETHER)];
    if (!block || index >= length) throw new RangeError(`There is no row ${index}.`);
    const start = (index % ROWS_TOGETHER) * rowBytes;
    return block.subarray(start, start + rowBytes);
  }

  return {
    get length() {
      return length;
    },
    add: () => {
      if (length === blocks.length * ROWS_TOGETHER) blocks.push(Buffer.alloc(ROWS_TOGETHER * rowBytes));
      length += 1;
      return row(length - 1);
    },
    row,
  };
}
