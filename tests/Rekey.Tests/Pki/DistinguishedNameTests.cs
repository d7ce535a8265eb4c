using Rekey.Pki.Certificates;

namespace Rekey.Tests.Pki;

public sealed class DistinguishedNameTests
{
    [Theory]
    [InlineData("CN=王敏,O=云泽市图书馆,C=CN")]
    [InlineData("serialNumber=YZ-000123,CN=Li\\, Na,OU=A\\+B,O=\\#1,C=CN")]
    [InlineData("CN=\\ blank at both ends\\ ,C=CN")]
    public void The_text_form_goes_there_and_back(string text) => Assert.Equal(text, DistinguishedName.Parse(text).ToString());

    [Fact]
    public void Country_comes_first_in_the_encoding_and_strings_have_the_types_that_x520_wants()
    {
        var name = DistinguishedName.Parse("serialNumber=7,CN=王敏,C=CN");
        Assert.Equal([Oids.CountryName, Oids.CommonName, Oids.SubjectSerialNumber], name.Attributes.Select(a => a.Oid));
        var hex = Convert.ToHexString(name.Encoded.Span);
        Assert.Contains("0603550406" + "1302" + "434E", hex, StringComparison.Ordinal); // PrintableString
        Assert.Contains("0603550403" + "0C06" + "E78E8BE6958F", hex, StringComparison.Ordinal); // UTF8String
        Assert.Contains("0603550405" + "1301" + "37", hex, StringComparison.Ordinal); // PrintableString
    }

    [Fact]
    public void An_added_attribute_leaves_the_others_as_they_were_encoded()
    {
        // organizationName as PrintableString, which we would not write ourselves.
        var foreign = DistinguishedName.FromDer(Convert.FromHexString("301D310B300906035504061302434E310E300C060355040A130559756E7A65"));
        var longer = foreign.With(Oids.SubjectSerialNumber, "7");
        Assert.Equal("serialNumber=7,O=Yunze,C=CN", longer.ToString());
        Assert.Contains("130559756E7A65", Convert.ToHexString(longer.Encoded.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3000FF")]
    [InlineData("30023100")]
    [InlineData("30023101")]
    public void What_is_no_name_is_refused(string hex) =>
        Assert.Throws<MalformedException>(() => DistinguishedName.FromDer(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("王敏")]
    [InlineData("shoeSize=42")]
    public void A_text_that_is_no_name_is_refused(string text) => Assert.Throws<MalformedException>(() => DistinguishedName.Parse(text));
}
