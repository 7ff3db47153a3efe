# code.awk - for the checks that read C: a line without what is not code.
#
# code(line) returns the line with comments removed and string and character
# constants emptied. It keeps in_comment from line to line; set it to 0 at
# the start of a file. line_comment is 1 when the line held a // comment.

function code(line,    out, c, quote)
{
	line_comment = 0
	out = ""
	while (line != "") {
		if (in_comment) {
			c = index(line, "*/")
			if (!c)
				return out
			line = substr(line, c + 2)
			in_comment = 0
			out = out " "
			continue
		}
		c = substr(line, 1, 1)
		if (substr(line, 1, 2) == "/*") {
			in_comment = 1
			line = substr(line, 3)
		} else if (substr(line, 1, 2) == "//") {
			line_comment = 1
			return out
		} else if (c == "\"" || c == "'") {
			quote = c
			line = substr(line, 2)
			while (line != "" && substr(line, 1, 1) != quote)
				line = substr(line,
				    substr(line, 1, 1) == "\\" ? 3 : 2)
			line = substr(line, 2)
			out = out quote quote
		} else {
			out = out c
			line = substr(line, 2)
		}
	}
	return out
}
