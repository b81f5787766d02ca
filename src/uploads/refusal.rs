//! Why a file is not taken: in the sentences of the API, and in a reader's language.

use sea_orm::DbErr;

use crate::{
    error::{Error, Invalid},
    platform::{locale::Language, multipart::Unreadable},
};

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The form had no file.
    NoFile,
    /// The part of the form was text.
    NotAFile,
    /// The name does not end in `.pdf`.
    WrongEnding,
    /// There was nothing in it.
    Empty,
    /// It is over the limit.
    TooLarge,
    /// It does not begin like a PDF.
    NotPdf,
    /// The account has as many files as it may.
    TooManyFiles,
    /// The account has as many bytes as it may.
    TooMuchSpace,
}

/// Why an upload came to nothing.
#[derive(Debug)]
pub enum UploadError {
    /// The file was not taken.
    Refused(Refused),
    /// Anything else.
    Other(Error),
}

impl Refused {
    /// The sentence of the API; the first ones are the original's.
    fn sentence(self) -> &'static str {
        match self {
            Self::NoFile => "No file was submitted.",
            Self::NotAFile => "The submitted data was not a file. Check the encoding type on the form.",
            Self::WrongEnding => "File should end with PDF",
            Self::Empty => "The submitted file is empty.",
            Self::TooLarge => "File must be less than 10 mb",
            Self::NotPdf => "The file is not a PDF.",
            Self::TooManyFiles => "You have reached the number of files you may keep. Delete some first.",
            Self::TooMuchSpace => "You have reached the space you may use. Delete some files first.",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::NoFile | Self::NotAFile => "upload-no-file",
            Self::WrongEnding | Self::NotPdf => "upload-not-pdf",
            Self::Empty => "upload-empty",
            Self::TooLarge => "upload-too-large",
            Self::TooManyFiles => "upload-too-many",
            Self::TooMuchSpace => "upload-too-much",
        }
    }
}

impl UploadError {
    /// What to tell the person; `None` when only an error page will do.
    pub fn words(&self, language: Language) -> Option<String> {
        let key = match self {
            Self::Refused(refused) => refused.key(),
            Self::Other(Error::OutOfSpace) => "upload-disk-full",
            Self::Other(Error::SlowDown(_) | Error::Unavailable(_)) => "upload-busy",
            Self::Other(Error::TooSlow | Error::Invalid(_) | Error::UnsupportedMedia(_)) => {
                "upload-broke-off"
            }
            Self::Other(_) => return None,
        };
        Some(language.text(key))
    }
}

impl From<Refused> for UploadError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Error> for UploadError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<Unreadable> for UploadError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Refused::TooLarge.into(),
            Unreadable::Other(error) => error.into(),
        }
    }
}

impl From<DbErr> for UploadError {
    fn from(error: DbErr) -> Self {
        Self::Other(error.into())
    }
}

/// For the API: the sentence under the names that clients look at.
impl From<UploadError> for Error {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Other(error) => error,
            UploadError::Refused(refused) => {
                let sentence = refused.sentence();
                Invalid::field("file_", sentence).with("detail", sentence).into()
            }
        }
    }
}
