using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Exports;

/// <summary>Applications (GM/T 0016-2012 clause 7.3).</summary>
internal static unsafe class ApplicationFunctions
{
    private const int LongestName = 48;
    private const uint MostTries = 255;

    [UnmanagedCallersOnly(EntryPoint = "SKF_CreateApplication")]
    internal static nuint CreateApplication(nuint device, byte* name, byte* adminPin, nuint adminTries, byte* userPin, nuint userTries, nuint rights, void* result) =>
        Entry.Run<DeviceHandle>("SKF_CreateApplication", device, (handle, call) =>
        {
            AccessFunctions.DemandAuthentication(handle);
            var wanted = CallerMemory.Name(name, LongestName);
            SarException.ThrowIf(call.State.Applications.Exists(a => a.Name == wanted), Sar.ApplicationExists);
            Span<byte> key = stackalloc byte[SealedBox.KeySize];
            RandomNumberGenerator.Fill(key);
            var application = new ApplicationState
            {
                Name = wanted,
                Id = Convert.ToHexString(RandomNumberGenerator.GetBytes(16)),
                CreateFileRights = CallerMemory.Ulong(Entry.Variant, rights),
                AdminPin = Pins.Create(CallerMemory.Octets(adminPin), key, call.DeviceKey, Tries(adminTries), isDefault: true),
                UserPin = Pins.Create(CallerMemory.Octets(userPin), key, call.DeviceKey, Tries(userTries), isDefault: true),
            };
            CryptographicOperations.ZeroMemory(key);
            call.State.Applications.Add(application);
            CallerMemory.WriteHandle(result, 0); // what cannot be answered shall not happen
            call.Commit();
            CallerMemory.WriteHandle(result, HandleTable.Add(new ApplicationHandle(handle, application.Id)));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_EnumApplication")]
    internal static nuint EnumApplication(nuint device, byte* list, void* size) => Entry.Run<DeviceHandle>("SKF_EnumApplication", device, (_, call) =>
        CallerMemory.Answer(Entry.Variant, list, size, call.State.Applications.Select(a => a.Name)));

    [UnmanagedCallersOnly(EntryPoint = "SKF_DeleteApplication")]
    internal static nuint DeleteApplication(nuint device, byte* name) => Entry.Run<DeviceHandle>("SKF_DeleteApplication", device, (handle, call) =>
    {
        AccessFunctions.DemandAuthentication(handle);
        call.State.Applications.Remove(Find(call, name));
        call.Commit();
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_OpenApplication")]
    internal static nuint OpenApplication(nuint device, byte* name, void* result) => Entry.Run<DeviceHandle>("SKF_OpenApplication", device, (handle, call) =>
        CallerMemory.WriteHandle(result, HandleTable.Add(new ApplicationHandle(handle, Find(call, name).Id))));

    // Who was logged in stays so until SKF_ClearSecureState, or until the device is given up: other handles may be in use.
    [UnmanagedCallersOnly(EntryPoint = "SKF_CloseApplication")]
    internal static nuint CloseApplication(nuint application) => Entry.Run<ApplicationHandle>("SKF_CloseApplication", application, (handle, _) => HandleTable.Close(handle));

    private static ApplicationState Find(Call call, byte* name)
    {
        var wanted = CallerMemory.Name(name, LongestName);
        return call.State.Applications.Find(a => a.Name == wanted) ?? throw new SarException(Sar.ApplicationNotExists);
    }

    private static int Tries(nuint argument)
    {
        var tries = CallerMemory.Ulong(Entry.Variant, argument);
        SarException.ThrowIf(tries is 0 or > MostTries, Sar.InvalidParameter);
        return (int)tries;
    }
}
