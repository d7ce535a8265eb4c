using System.Globalization;
using System.Text;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Sessions;

/// <summary>A call that reached a plugged-in device and is alone with it.</summary>
internal sealed class Call
{
    private Call(DeviceFolder folder, Control control)
    {
        Folder = folder;
        Control = control;
        DeviceKey = folder.LoadKey();
        State = folder.Load(DeviceKey);
    }

    public Control Control { get; }

    /// <summary>What is stored, as this call found it; <see cref="Commit"/> stores what it made of it.</summary>
    public DeviceState State { get; }

    public byte[] DeviceKey { get; }

    private DeviceFolder Folder { get; }

    /// <summary>Does something with a device, disturbed as the control file orders.</summary>
    /// <param name="function">The function's name.</param>
    /// <param name="folder">The device.</param>
    /// <param name="device">The handle that led there; null when it is about to be opened.</param>
    /// <param name="action">What to do.</param>
    public static void Run(string function, DeviceFolder folder, DeviceHandle? device, Action<Call> action)
    {
        SarException.ThrowIf(device?.Removed == true, Sar.DeviceRemoved);
        folder.Gate.Enter((object?)device ?? folder);
        try
        {
            var control = folder.ReadControl();
            var number = control.Counts ? Count(folder, function) : 0;
            var here = IsHere(control, number) && (device is null || device.Plug == control.Plug);
            if (!here)
            {
                device?.Removed = true;
                throw new SarException(Sar.DeviceRemoved);
            }

            var disturbance = control.Disturbances.FirstOrDefault(d => d.Meets(function, number));
            Before(disturbance);
            action(new(folder, control));
            After(disturbance);
        }
        finally
        {
            folder.Gate.Leave();
            if (device?.Removed == true)
            {
                device.Close();
            }
        }
    }

    /// <summary>Whether a device is there to be seen now.</summary>
    public static bool IsHere(DeviceFolder folder)
    {
        var control = folder.ReadControl();
        return IsHere(control, control.Counts ? LastCount(folder) : 0);
    }

    /// <summary>COMMIT: the one moment when a call that changes something has happened. Dying before leaves everything as it was.</summary>
    public void Commit() => Folder.Save(State);

    public ApplicationState Application(ApplicationHandle handle) =>
        State.Applications.Find(a => a.Id == handle.Id) ?? throw new SarException(Sar.ApplicationNotExists);

    public ContainerState Container(ContainerHandle handle) =>
        Application(handle.Application).Containers.Find(c => c.Name == handle.Name) ?? throw new SarException(Sar.ContainerNotExists);

    /// <summary>Who is logged in to an application as its user.</summary>
    public static Login User(ApplicationHandle handle) => handle.Device.Logins.TryGetValue(handle.Id, out var login) && login.User
        ? login
        : throw new SarException(Sar.UserNotLoggedIn);

    /// <summary>Octets left for keys, certificates and files.</summary>
    public int FreeSpace() => Control.Space - State.Applications.Sum(a =>
        a.Files.Sum(f => f.Content.Length)
        + a.Containers.Sum(c => (c.SigningCertificate?.Length ?? 0) + (c.EncryptionCertificate?.Length ?? 0) + c.Pairs.Sum(p => p.SealedPrivateKey.Length)));

    private static bool IsHere(Control control, long call) =>
        control.Plug != 0 && !control.Disturbances.Any(d => d.Deed == "remove" && call >= d.Call);

    private static void Before(Disturbance? disturbance)
    {
        switch (disturbance?.Deed)
        {
            case "fail":
                throw new SarException(disturbance.Code);
            case "hang":
                Thread.Sleep(Timeout.Infinite);
                break;
            case "crash":
                Die();
                break;
        }
    }

    private static void After(Disturbance? disturbance)
    {
        switch (disturbance?.Deed)
        {
            case "lose":
                throw new SarException(disturbance.Code);
            case "crash-done":
                Die();
                break;
        }
    }

    private static void Die()
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private static long Count(DeviceFolder folder, string function)
    {
        var number = LastCount(folder) + 1;
        File.WriteAllText(folder.CountFile, number.ToString(CultureInfo.InvariantCulture), Encoding.ASCII);
        File.AppendAllText(folder.CallsFile, string.Create(CultureInfo.InvariantCulture, $"{number} {function}\n"), Encoding.ASCII);
        return number;
    }

    private static long LastCount(DeviceFolder folder) => File.Exists(folder.CountFile)
        && long.TryParse(File.ReadAllText(folder.CountFile), NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : 0;
}
