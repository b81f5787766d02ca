# Campus documents: what is wrong with what staff give.

document-title-missing = Give the document a title.
document-title-long = A title has 300 characters at most.
document-url-long = An address has 1000 characters at most.
document-url-not-web = Enter a web address that begins with http:// or https://.
document-ends-before-it-begins = This date is before the one from which the document holds.
document-file-format = This kind of file cannot be read. Choose a PDF, Word (docx), HTML, Markdown or text file.
document-file-empty = The file is empty.
document-file-large = The file is larger than 64 MB.

document-upload = Add a document
document-file-title = File of the document
document-file = File
document-file-now = File now
document-file-help = PDF, Word (docx), HTML, Markdown or text, up to 64 MB.
document-file-again = Another version of the file; without one, the file that is there is read again.
document-file-submit = Replace or read again
document-title-help = Left empty: what the file calls itself, else its name.
document-no-file = Choose a file.
document-no-source = There is no file any more from which this document could be read again.
document-will-be-read = The document was saved. Its text is found as soon as the file has been read.
