//! PDF files with known facts on known pages.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

/// A PDF whose pages hold these lines.
pub fn pages(pages: &[&[&str]]) -> Vec<u8> {
    build(&pages.iter().map(|lines| Page::Text(lines)).collect::<Vec<_>>())
}

/// A PDF of one page that is a picture.
pub fn scanned() -> Vec<u8> {
    build(&[Page::Picture])
}

/// A page.
pub enum Page<'a> {
    Text(&'a [&'a str]),
    Picture,
}

/// A PDF of these pages.
pub fn build(pages: &[Page<'_>]) -> Vec<u8> {
    let (catalog, tree, font, image) = (Ref::new(1), Ref::new(2), Ref::new(3), Ref::new(4));
    let page_id = |at: usize| Ref::new(10 + 2 * i32::try_from(at).expect("few pages"));
    let content_id = |at: usize| Ref::new(11 + 2 * i32::try_from(at).expect("few pages"));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids((0..pages.len()).map(page_id)).count(i32::try_from(pages.len()).expect("few pages"));
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    let mut picture = pdf.image_xobject(image, &[0x80; 64 * 64]);
    picture.width(64).height(64).bits_per_component(8).color_space().device_gray();
    picture.finish();
    for (at, page) in pages.iter().enumerate() {
        let mut row = pdf.page(page_id(at));
        row.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(tree).contents(content_id(at));
        let mut resources = row.resources();
        resources.fonts().pair(Name(b"F1"), font);
        resources.x_objects().pair(Name(b"Im1"), image);
        resources.finish();
        row.finish();
        pdf.stream(content_id(at), &content(page));
    }
    pdf.finish()
}

fn content(page: &Page<'_>) -> Vec<u8> {
    let mut content = Content::new();
    match page {
        Page::Text(lines) => {
            content.begin_text();
            content.set_font(Name(b"F1"), 12.0);
            content.next_line(72.0, 770.0);
            for line in *lines {
                content.show(Str(line.as_bytes()));
                content.next_line(0.0, -18.0);
            }
            content.end_text();
        }
        Page::Picture => {
            content.save_state();
            content.transform([400.0, 0.0, 0.0, 400.0, 72.0, 300.0]);
            content.x_object(Name(b"Im1"));
            content.restore_state();
        }
    }
    content.finish().to_vec()
}

/// A PDF that looks like one and is damaged beyond reading.
pub fn broken() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend(std::iter::repeat_n(*b"garbage ", 200).flatten());
    bytes
}

/// A PDF with the password `secret`, made of one of ours.
pub fn encrypted() -> &'static [u8] {
    include_bytes!("../fixtures/encrypted.pdf")
}
