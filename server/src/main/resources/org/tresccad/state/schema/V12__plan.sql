-- How a move is carried out, decided before its freeze, and what that was expected to cost.
ALTER TABLE move ADD COLUMN chosen_mode TEXT;
ALTER TABLE move ADD COLUMN estimated_ms INTEGER;
ALTER TABLE move ADD COLUMN predicted_ms INTEGER;
ALTER TABLE move ADD COLUMN chosen_because TEXT;
DROP INDEX move_one_at_a_time;
CREATE UNIQUE INDEX move_one_at_a_time ON move (instance_id)
    WHERE state IN ('REQUESTED', 'CHECKED', 'SENDING_AHEAD', 'FROZEN', 'CLAIMED');
