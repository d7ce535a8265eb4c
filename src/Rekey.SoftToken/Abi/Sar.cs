namespace Rekey.SoftToken.Abi;

/// <summary>Return values (GM/T 0016-2012 annex A), and those that the annex lacks with the values that are most in use.</summary>
internal static class Sar
{
    public const uint Ok = 0;
    public const uint Fail = 0x0A000001;
    public const uint UnknownError = 0x0A000002;
    public const uint NotSupportedYet = 0x0A000003;
    public const uint FileError = 0x0A000004;
    public const uint InvalidHandle = 0x0A000005;
    public const uint InvalidParameter = 0x0A000006;
    public const uint ReadFileError = 0x0A000007;
    public const uint WriteFileError = 0x0A000008;
    public const uint NameLength = 0x0A000009;
    public const uint KeyUsage = 0x0A00000A;
    public const uint ModulusLength = 0x0A00000B;
    public const uint NotInitialized = 0x0A00000C;
    public const uint Timeout = 0x0A00000F;
    public const uint InputLength = 0x0A000010;
    public const uint InputData = 0x0A000011;
    public const uint RsaEncryption = 0x0A000018;
    public const uint RsaDecryption = 0x0A000019;
    public const uint KeyNotFound = 0x0A00001B;
    public const uint CertificateNotFound = 0x0A00001C;
    public const uint DecryptPadding = 0x0A00001E;
    public const uint BufferTooSmall = 0x0A000020;
    public const uint KeyInfoType = 0x0A000021;
    public const uint NotEvent = 0x0A000022;
    public const uint DeviceRemoved = 0x0A000023;
    public const uint PinIncorrect = 0x0A000024;
    public const uint PinLocked = 0x0A000025;
    public const uint PinLengthRange = 0x0A000027;
    public const uint UserTypeInvalid = 0x0A00002A;
    public const uint ApplicationNameInvalid = 0x0A00002B;
    public const uint ApplicationExists = 0x0A00002C;
    public const uint UserNotLoggedIn = 0x0A00002D;
    public const uint ApplicationNotExists = 0x0A00002E;
    public const uint FileAlreadyExists = 0x0A00002F;
    public const uint NoRoom = 0x0A000030;
    public const uint FileNotExists = 0x0A000031;
    public const uint ReachMaxContainerCount = 0x0A000032;

    public const uint SecurityStateInvalid = 0x0B000033;
    public const uint OffsetBeyondFile = 0x0B000034;
    public const uint ContainerNotExists = 0x0B000035;
    public const uint ContainerExists = 0x0B000036;
    public const uint DeviceAuthLocked = 0x0B000037;
}

/// <summary>Ends a call with a return value.</summary>
internal sealed class SarException(uint code) : Exception
{
    public uint Code => code;

    public static void ThrowIf(bool condition, uint code)
    {
        if (condition)
        {
            throw new SarException(code);
        }
    }
}
