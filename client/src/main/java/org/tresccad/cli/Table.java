package org.tresccad.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of text under headers. */
final class Table {
    private final String[] headers;
    private final List<String[]> rows = new ArrayList<>();

    Table(String... headers) {
        this.headers = headers;
    }

    /** Adds a row; control characters are shown as a replacement. */
    Table row(String... cells) {
        if (cells.length != headers.length) {
            throw new IllegalArgumentException(cells.length + " cells under " + headers.length + " headers");
        }
        rows.add(Arrays.stream(cells)
                .map(cell -> Terminal.printable(cell).replaceAll("[\\n\\r\\t]", " "))
                .toArray(String[]::new));
        return this;
    }

    @Override
    public String toString() {
        Column[] columns = Arrays.stream(headers)
                .map(header -> new Column()
                        .header(header)
                        .headerAlign(HorizontalAlign.LEFT)
                        .dataAlign(HorizontalAlign.LEFT))
                .toArray(Column[]::new);
        return AsciiTable.getTable(AsciiTable.BASIC_ASCII, columns, rows.toArray(String[][]::new));
    }
}
