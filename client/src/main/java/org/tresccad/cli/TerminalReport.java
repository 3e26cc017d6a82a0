package org.tresccad.cli;

import java.util.OptionalLong;
import org.tresccad.client.transfer.MoveReport;

/** Phases and notes on standard error, transfers as everywhere. */
record TerminalReport(Tresccac app, String title) implements MoveReport {
    @Override
    public void phase(String words) {
        app.terminal().note(title + ": " + words);
    }

    @Override
    public void note(String sentence) {
        app.terminal().note(sentence);
    }

    @Override
    public Transfer transfer(String what) {
        TransferDisplay display = app.display(what);
        return new Transfer() {
            @Override
            public void at(long doneBytes, OptionalLong totalBytes) {
                display.at(doneBytes, totalBytes);
            }

            @Override
            public void close() {
                display.close();
            }
        };
    }
}
