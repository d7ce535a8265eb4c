using System.Security.Cryptography;
using System.Text.Json;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Exports;

/// <summary>The way of every call in and out: no exception leaves, each becomes a return value.</summary>
internal static class Entry
{
    public static Variant Variant => DeviceFolder.Variant;

    /// <summary>A call that reaches no device.</summary>
    public static nuint Run(Action action)
    {
        try
        {
            action();
            return Sar.Ok;
        }
        catch (Exception e)
        {
            return Code(e);
        }
    }

    /// <summary>A call with a handle, alone with the device that it leads to.</summary>
    public static nuint Run<T>(string function, nuint handle, Action<T, Call> action)
        where T : Handle => Run(() =>
        {
            var found = HandleTable.Get<T>(handle);
            Call.Run(function, found.Device.Folder, found.Device, call => action(found, call));
        });

    private static uint Code(Exception e) => e switch
    {
        SarException sar => sar.Code,
        UnsupportedKeyException or EnvelopedKeyException => Sar.InputData,
        CryptographicException => Sar.Fail,
        IOException or UnauthorizedAccessException or InvalidDataException or JsonException => Sar.FileError,
        TypeInitializationException { InnerException: { } inner } => Code(inner),
        _ => Sar.UnknownError,
    };
}
