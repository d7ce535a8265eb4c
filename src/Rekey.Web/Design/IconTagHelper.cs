using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Rekey.Web.Design;

/// <summary><c>&lt;rk-icon name="renew" /&gt;</c>: an icon of the set, always beside a word and so hidden from readers.</summary>
[HtmlTargetElement("rk-icon", TagStructure = TagStructure.WithoutEndTag)]
public sealed class IconTagHelper : TagHelper
{
    /// <summary>Name in <c>icons.svg</c>, without its prefix.</summary>
    public required string Name { get; set; }

    /// <summary>The large size.</summary>
    public bool Large { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "svg";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", Large ? "icon icon--l" : "icon");
        output.Attributes.SetAttribute("aria-hidden", "true");
        output.Content.SetHtmlContent($"<use href=\"{EmbeddedAssets.Url("icons.svg")}#i-{Name}\"/>");
    }
}
