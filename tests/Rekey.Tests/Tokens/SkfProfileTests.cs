using System.Buffers.Binary;
using Rekey.Tokens;
using Rekey.Tokens.Skf;

namespace Rekey.Tests.Tokens;

public sealed class SkfProfileTests
{
    /// <summary>Where AlgSymCap lies in DEVINFO, and how wide it and its followers are.</summary>
    public static TheoryData<string, int, int> Forms => new()
    {
        { "u32-pack1", 198, 4 },
        { "u32-natural", 200, 4 },
        { "u64-pack1", 198, 8 },
        { "u64-natural", 200, 8 },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_interface_shows_in_a_device_s_description(string form, int at, int size) =>
        Assert.Equal(form, new SkfProfile().AbiOf(DeviceInfo(at, size)).ToString());

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_profile_of_another_interface_is_refused(string form, int at, int size)
    {
        var others = SkfAbi.All.Where(a => a.ToString() != form);

        Assert.All(others, other =>
        {
            var thrown = Assert.Throws<TokenException>(() => SkfProfile.Parse($"abi={other}").AbiOf(DeviceInfo(at, size)));
            Assert.Equal((TokenFault.NotSupported, $"SKF_GetDevInfo: the library has {form}, its profile {other}"), (thrown.Fault, thrown.DriverCode));
        });
    }

    [Fact]
    public void What_a_description_does_not_show_a_profile_says()
    {
        var silent = new byte[SkfAbi.DeviceInfoRoom];

        Assert.Equal(TokenFault.NotSupported, Assert.Throws<TokenException>(() => new SkfProfile().AbiOf(silent)).Fault);
        Assert.Equal("u64-pack1", SkfProfile.Parse("abi=u64-pack1").AbiOf(silent).ToString());
    }

    [Theory]
    [InlineData(0x30F00, 0x20200)] // all uses, as the standard numbers them
    [InlineData(0x20E00, 0x20200)]
    [InlineData(0x30700, 0x20100)] // as the draft of 2010 numbers them
    [InlineData(0x20100, 0x20100)]
    [InlineData(0x10000, 0x20200)]
    public void The_number_of_SM2_follows_the_device_s_numbers(ulong asymmetric, uint expected) =>
        Assert.Equal(expected, new SkfProfile().SigningIdOf(asymmetric));

    [Fact]
    public void A_profile_s_number_of_SM2_counts_more() => Assert.Equal(0x20100u, SkfProfile.Parse("sm2=0x20100").SigningIdOf(0x20F00));

    [Fact]
    public void A_profile_reads_all_its_parts()
    {
        var profile = SkfProfile.Parse("abi=u64-natural, sm2=0x20100,envelope=first, application=LM App, absent=0x0A000001");

        Assert.Equal(new SkfAbi(8, true), profile.Abi);
        Assert.Equal((0x20100u, EnvelopePlacement.First, "LM App"), (profile.Sm2SigningId, profile.Envelope, profile.Application));
        Assert.Equal([0x0A00001Bu, 0x0A00001Cu, 0x0A000001u], profile.AbsentCodes);
        Assert.Equal(EnvelopePlacement.Last, SkfProfile.Parse(null).Envelope);
    }

    [Theory]
    [InlineData("abi=u128")]
    [InlineData("sm2=20100")]
    [InlineData("envelope=middle")]
    [InlineData("application=")]
    [InlineData("abi")]
    public void A_part_that_is_not_known_is_refused(string part) =>
        Assert.Equal($"REKEY_SKF_PROFILE: {part}", Assert.Throws<TokenException>(() => SkfProfile.Parse($"envelope=last,{part}")).DriverCode);

    private static byte[] DeviceInfo(int at, int size)
    {
        var info = new byte[SkfAbi.DeviceInfoRoom];
        uint[] numbers = [0x41F, 0x30F00, 5, 0x401, 131072, 130000, 4096, 1048576];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(info.AsSpan(at + (i * size)), numbers[i]);
        }

        return info;
    }
}
