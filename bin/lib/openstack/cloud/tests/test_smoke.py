"""What is read from a guest's console."""

import unittest

from cloud.smoke import ticks


class Console(unittest.TestCase):
    def test_only_whole_lines_of_the_counter_count(self) -> None:
        output = (
            "booting\r\ntick 1\r\ntick ready 198.18.2.100\r\ntick 2\r\nxtick 9\r\ntick 3\r\ntick 4"
        )
        self.assertEqual(ticks(output), [1, 2, 3])


if __name__ == "__main__":
    unittest.main()
