using Rekey.Pki.Algorithms;

namespace Rekey.SoftToken.Abi;

/// <summary>Numbers of algorithms (GB/T 33560-2017, GM/T 0006-2012) and other numbers of the interface.</summary>
internal static class Sgd
{
    public const uint Sm4Ecb = 0x401;
    public const uint Sm4Mac = 0x410;
    public const uint Sm4All = 0x41F;
    public const uint Rsa = 0x10000;

    /// <summary>SM2 for signing; in the draft of 2010 the same number names SM2 as such.</summary>
    public const uint Sm2Signing = 0x20200;
    public const uint Sm2SigningOfTheDraft = 0x20100;
    public const uint Sm2All = 0x20F00;
    public const uint Sm3 = 1;
    public const uint Sha256 = 4;

    public const uint AdminPin = 0;
    public const uint UserPin = 1;

    public const uint RightAdmin = 1;
    public const uint RightUser = 0x10;
    public const uint RightAnyone = 0xFF;

    public const uint ContainerEmpty = 0;
    public const uint ContainerRsa = 1;
    public const uint ContainerSm2 = 2;

    public const uint EventIn = 1;
    public const uint EventOut = 2;

    public const uint WaitForever = uint.MaxValue;

    /// <summary>The mode that a session key's algorithm names; a MAC is a chain of blocks.</summary>
    public static Sm4Mode Mode(uint algorithm) => algorithm switch
    {
        0x401 => Sm4Mode.Ecb,
        0x402 or Sm4Mac => Sm4Mode.Cbc,
        0x404 => Sm4Mode.Cfb,
        0x408 => Sm4Mode.Ofb,
        _ => throw new SarException(Sar.NotSupportedYet),
    };
}
